/**
 * The first process of a {@link TrialNode}. It covers everything that a runtime or a plugin
 * writes to outside its configured folders: `/run` (shim sockets, `/run/netns`) and `/var/lib/cni`
 * (libcni's cache, host-local's leases), then waits, reaping orphans as an init does.
 *
 * The plugins' FIFOs have a file system of their own, so that they go on when the runtime's is full.
 *
 * `/var/lib/cni` and what else writes there may not exist on the machine, and must not be made there: an overlay
 * over `/var/lib` gives them a place.
 */
export const NODE_INIT_SCRIPT = `
set -eu
mount -t tmpfs -o mode=0755,size=1g fairlead-run /run
mkdir -p /run/fairlead/overlay/upper /run/fairlead/overlay/work
mount -t overlay fairlead-var-lib /var/lib -o \\
  lowerdir=/var/lib,upperdir=/run/fairlead/overlay/upper,workdir=/run/fairlead/overlay/work
mkdir -p /var/lib/cni
mount -t tmpfs -o mode=0755,size=64m fairlead-cni /var/lib/cni
mkdir -p /run/fairlead/tmp /run/fairlead/plugins /run/netns /run/lock
mount -t tmpfs -o mode=0755,size=256m fairlead-plugins /run/fairlead/plugins
echo ready
while :; do
  sleep 3600 &
  wait $! || :
done
`

/**
 * A reboot of the node, run in it. Everything that runs is killed, but for the first process and this
 * shell (kill(2), pid -1). `/run` is emptied of all that a node would lose; under `/run/fairlead`
 * lies what stands for the disk. The new network namespace has nothing in it, as that of a node that
 * boots; its path is printed.
 *
 * Some mounts of the list are hidden by others, or gone with them: what is still there when it comes to
 * the removal fails that.
 */
export const NODE_REBOOT_SCRIPT = `
set -eu
kill -KILL -1
while read -r _ _ _ _ target _; do
  case $target in
    /run/fairlead/*) ;;
    /run/?*) umount -l "$target" 2>/dev/null || : ;;
  esac
done </proc/self/mountinfo
find /run -mindepth 1 -maxdepth 1 ! -name fairlead -exec rm -rf {} +
rm -rf /run/fairlead/tmp
mkdir -p /run/fairlead/tmp /run/netns /run/lock
net=$(mktemp /run/fairlead/net.XXXXXX)
unshare --net="$net" true
echo "$net"
`
