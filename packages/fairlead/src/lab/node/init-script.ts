/**
 * The first process of a {@link TrialNode}. It covers everything that a runtime or a plugin
 * writes to outside its configured folders: `/run` (shim sockets, `/run/netns`) and `/var/lib/cni`
 * (libcni's cache, host-local's leases), then waits, reaping orphans as an init does.
 *
 * The plugins' FIFOs have a file system of their own, so that they go on when the runtime's is full.
 *
 * `/var/lib/cni` may not exist on the machine, and must not be made there: an overlay over
 * `/var/lib` gives it a place.
 */
export const NODE_INIT_SCRIPT = `
set -eu
mount -t tmpfs -o mode=0755,size=1g fairlead-run /run
if ! [ -d /var/lib/cni ]; then
  mkdir -p /run/fairlead/overlay/upper /run/fairlead/overlay/work
  mount -t overlay fairlead-var-lib /var/lib -o \\
    lowerdir=/var/lib,upperdir=/run/fairlead/overlay/upper,workdir=/run/fairlead/overlay/work
  mkdir /var/lib/cni
fi
mount -t tmpfs -o mode=0755,size=64m fairlead-cni /var/lib/cni
mkdir -p /run/fairlead/tmp /run/fairlead/plugins /run/netns /run/lock
mount -t tmpfs -o mode=0755,size=256m fairlead-plugins /run/fairlead/plugins
echo ready
while :; do
  sleep 3600 &
  wait $!
done
`
