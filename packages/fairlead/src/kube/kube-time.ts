/** As Kubernetes writes times: RFC 3339 in whole seconds. */
export function kubeTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, 'Z')
}
