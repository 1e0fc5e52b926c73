import { KUBELET_DIR, NODE_IP } from './node-files.ts'

/**
 * Makes a trial's node one that a real kubelet can run on, and that keeps what it writes: its logs, and the six
 * kernel settings that it sets for the whole machine (v1.32.13 pkg/kubelet/cm/container_manager_linux.go
 * `setupKernelTunables`), which are files of the node's own here. Its other folders are below `/var/lib`, which is the
 * node's already, or told to it. A node that reboots keeps its mounts, of which the settings' own files are gone. The
 * API server is not the node's: its etcd has room also where the node's disk is full.
 */
export const KUBELET_NODE_SCRIPT = `
set -eu
ip link set lo up
ip address add ${NODE_IP}/32 dev lo
mkdir -m 700 -p ${KUBELET_DIR}/etcd
mountpoint -q ${KUBELET_DIR}/etcd || mount -t tmpfs -o mode=0700 fairlead-etcd ${KUBELET_DIR}/etcd
mountpoint -q /var/log || mount -t tmpfs fairlead-log /var/log
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops \\
  kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  own=${KUBELET_DIR}/sysctl/$setting
  umount "/proc/sys/$setting" 2>/dev/null || :
  mkdir -p "\${own%/*}"
  cat "/proc/sys/$setting" >"$own"
  mount --bind "$own" "/proc/sys/$setting"
done
`
