/**
 * The executable behind every steerable plugin. It hands its parameters and stdin to the
 * {@link PluginHost} over FIFOs in `hostDir`, waits, and does what the host replies: that wait is
 * where a runtime sits when a plugin hangs. It is a shell script because a runtime may start a
 * hundred at once on a small machine.
 *
 * `alive` is open for as long as the plugin lives, so its end is seen however it ends.
 */
export function pluginScript(hostDir: string): string {
  return `#!/bin/sh
umask 077
host='${hostDir}'
dir=$(mktemp -d "$host/exec/XXXXXXXX") || exit 1
mkfifo "$dir/alive" "$dir/reply" || exit 1
printf '%s\\n' "CNI_COMMAND=\${CNI_COMMAND-}" "CNI_CONTAINERID=\${CNI_CONTAINERID-}" \\
  "CNI_NETNS=\${CNI_NETNS-}" "CNI_IFNAME=\${CNI_IFNAME-}" "CNI_ARGS=\${CNI_ARGS-}" \\
  "CNI_PATH=\${CNI_PATH-}" >"$dir/parameters"
cat >"$dir/stdin"
exec 3<>"$dir/alive" 4<>"$dir/reply"
printf '%s %s\\n' "\${0##*/}" "\${dir##*/}" >"$host/announce"
read -r action value <&4
case $action in
  exit) cat "$dir/stdout"; exit "$value" ;;
  orphan) sleep "$value" 3<&- 4<&- & cat "$dir/stdout"; exit 0 ;;
  flood) head -c "\${value}M" /dev/zero | tr '\\0' x; exit 0 ;;
  signal) kill -"$value" $$ ;;
  delegate) "$value" 3<&- 4<&- <"$dir/delegate-stdin"; exit $? ;;
esac
exit 1
`
}
