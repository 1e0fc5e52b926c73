/**
 * Stands in for runc, so that a trial needs neither cgroups nor a runnable image: a container is a
 * `sleep`. The shim calls it as go-runc does; everything CNI around it is the runtime's own.
 */
export const OCI_RUNTIME_SCRIPT = `#!/bin/sh
set -eu
while [ $# -gt 0 ]; do
  case $1 in
    --root | --log | --log-format | --criu | --rootless) shift 2 ;;
    -*) shift ;;
    *) break ;;
  esac
done
command=$1
shift
bundle=$PWD pid_file=
while [ $# -gt 0 ]; do
  case $1 in
    --bundle | -b) bundle=$2; shift 2 ;;
    --pid-file) pid_file=$2; shift 2 ;;
    --console-socket | --preserve-fds | --format) shift 2 ;;
    -*) shift ;;
    *) break ;;
  esac
done
id=\${1:-none}
state=/run/oci/$id

pid() { cat "$state/pid" 2>/dev/null || { echo 'container does not exist' >&2; exit 1; }; }

case $command in
  create)
    mkdir -p "$state"
    sleep infinity </dev/null >/dev/null 2>&1 &
    printf %s $! >"$state/pid"
    printf %s "$bundle" >"$state/bundle"
    printf %s $! >"$pid_file"
    ;;
  start) pid >/dev/null ;;
  state)
    pid=$(pid)
    if kill -0 "$pid" 2>/dev/null; then status=running; else status=stopped; fi
    printf '{"ociVersion":"1.0.2","id":"%s","pid":%s,"status":"%s","bundle":"%s"}\\n' \\
      "$id" "$pid" "$status" "$(cat "$state/bundle")"
    ;;
  # A containerd that starts ends each pod whose processes it is not told of.
  ps)
    pid=$(pid)
    printf '[%s]\\n' "$pid"
    ;;
  kill)
    pid=$(pid)
    kill -"\${2:-TERM}" "$pid" 2>/dev/null || { echo 'container not running' >&2; exit 1; }
    ;;
  delete)
    if [ -e "$state/pid" ]; then kill -KILL "$(cat "$state/pid")" 2>/dev/null || :; fi
    rm -rf "$state"
    ;;
  --version | features | *)
    echo "the lab's stand-in for runc does not know '$command'" >&2
    exit 1
    ;;
esac
`
