/** A rule of a Role or ClusterRole (rbac.authorization.k8s.io/v1). */
export interface PolicyRule {
  readonly apiGroups: readonly string[]
  /** `nodes`, `nodes/status`, `*`. */
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}

/** What a request needs to be allowed. */
export interface Access {
  readonly verb: string
  readonly group: string
  /** With its subresource: `pods/eviction`. */
  readonly resource: string
  /** Not there where a list, a watch without a name or a create is asked for. */
  readonly name?: string
}

/** Whether one of the rules allows it (plugin/pkg/auth/authorizer/rbac: RuleAllows). */
export function allows(rules: readonly PolicyRule[], access: Access): boolean {
  const has = (list: readonly string[], value: string) => list.includes('*') || list.includes(value)
  return rules.some(
    ({ apiGroups, resources, verbs, resourceNames = [] }) =>
      has(verbs, access.verb) &&
      has(apiGroups, access.group) &&
      has(resources, access.resource) &&
      (resourceNames.length === 0 ||
        (access.name !== undefined && resourceNames.includes(access.name))),
  )
}
