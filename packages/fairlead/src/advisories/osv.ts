import type { Advisory, Component, Range } from './advisory.ts'

/**
 * Components that are one Go module, by its path: a scanner that reads binaries finds these, whatever
 * version the program around them reports. Of the others OSV has no ecosystem that would be right.
 */
const GO_MODULES: Partial<Record<Component, string>> = {
  'go-cni': 'github.com/containerd/go-cni',
  libcni: 'github.com/containernetworking/cni',
  ocicni: 'github.com/cri-o/ocicni',
  'cni-plugins': 'github.com/containernetworking/plugins',
}

const REFERENCE_TYPES = {
  issue: 'REPORT',
  'pull-request': 'FIX',
  commit: 'FIX',
  doc: 'ARTICLE',
  'release-notes': 'WEB',
} as const

/** An advisory in the Open Source Vulnerability format, schema 1.7. */
export type OsvRecord = ReturnType<typeof toOsv>

/**
 * An advisory as an OSV 1.7 record (ossf.github.io/osv-schema). Nothing is lost: what OSV has no place for
 * is in `database_specific`, under the names it has in the advisory's file. The id has the prefix `x_`, which
 * OSV keeps for databases that it does not list.
 */
export function toOsv(advisory: Advisory) {
  const { id, title, published, modified, cause, affected, ...rest } = advisory
  return {
    schema_version: '1.7.0',
    id: `x_fairlead-${id}`,
    published: `${published}T00:00:00Z`,
    modified: `${modified}T00:00:00Z`,
    summary: title,
    details: cause,
    affected: affected.map(affectedOf),
    references: advisory.citations.flatMap((citation) =>
      'url' in citation ? [{ type: REFERENCE_TYPES[citation.type], url: citation.url }] : [],
    ),
    database_specific: rest,
  }
}

function affectedOf({ component, ranges, versions, ...rest }: Advisory['affected'][number]) {
  const module = GO_MODULES[component]
  // To OSV an entry without ranges and versions concerns nothing, to us everything.
  const everyVersion = ranges.length === 0 && versions.length === 0
  return {
    ...(module === undefined ? {} : { package: { ecosystem: 'Go', name: module } }),
    ranges: (everyVersion ? [{ introduced: '0' }] : ranges).map(rangeOf),
    versions,
    database_specific: { component, everyVersion, ...rest },
  }
}

function rangeOf({ introduced, fixed, lastAffected }: Range) {
  const ends = [introduced, fixed, lastAffected].join(' ')
  return {
    // A vendor's count (+k3s1, -gke.1) has no order in semver.
    type: /(k3s|rke2r|gke\.|eksbuild\.)\d/.test(ends) ? 'ECOSYSTEM' : 'SEMVER',
    events: [
      { introduced },
      ...(fixed === undefined ? [] : [{ fixed }]),
      ...(lastAffected === undefined ? [] : [{ last_affected: lastAffected }]),
    ],
  }
}
