import type { KubeletInstall } from './kubelet-install.ts'
import { API_SERVER_PORT, ETCD_URL, KUBELET_DIR, NODE_IP, NODE_NAME } from './node-files.ts'

/** etcd for one API server. Nothing of it has to outlive the node, so it does not wait for the disk. */
export function etcdArgv({ etcd }: KubeletInstall): readonly string[] {
  // prettier-ignore
  return [
    etcd, '--data-dir', `${KUBELET_DIR}/etcd`, '--unsafe-no-fsync',
    '--listen-client-urls', ETCD_URL, '--advertise-client-urls', ETCD_URL,
    '--listen-peer-urls', 'http://127.0.0.1:0', '--log-level', 'warn',
  ]
}

/** An API server that lets the lab and kubelet do everything, and keeps no controller. */
export function apiServerArgv({ kubeApiserver }: KubeletInstall): readonly string[] {
  const file = (name: string) => `${KUBELET_DIR}/${name}`
  return [
    kubeApiserver,
    `--etcd-servers=${ETCD_URL}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${API_SERVER_PORT}`,
    `--advertise-address=${NODE_IP}`,
    '--endpoint-reconciler-type=none',
    `--cert-dir=${file('apiserver')}`,
    `--token-auth-file=${file('tokens.csv')}`,
    '--authorization-mode=AlwaysAllow',
    '--service-cluster-ip-range=198.51.100.0/24',
    '--service-account-issuer=https://fairlead.local',
    `--service-account-key-file=${file('service-account.pub')}`,
    `--service-account-signing-key-file=${file('service-account.key')}`,
    '--disable-admission-plugins=ServiceAccount',
    '--watch-cache=false',
    '--profiling=false',
  ]
}

/** A kubelet with the configuration in {@link KUBELET_DIR}. */
export function kubeletArgv({ kubelet }: KubeletInstall): readonly string[] {
  const file = (name: string) => `${KUBELET_DIR}/${name}`
  return [
    kubelet,
    `--config=${file('kubelet.yaml')}`,
    `--kubeconfig=${file('kubeconfig')}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${NODE_IP}`,
    `--root-dir=${file('root')}`,
    `--cert-dir=${file('pki')}`,
    '--v=2',
  ]
}
