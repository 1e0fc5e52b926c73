import { VERSION } from './version.ts'

/** How bad a result is: an error is to be mended, a note to be known. */
export type SarifLevel = 'error' | 'warning' | 'note' | 'none'

/** What can be found. */
export interface SarifRule {
  readonly id: string
  /** One line. */
  readonly title: string
  readonly explanation: string
  /** What to do. */
  readonly help: string
  readonly level: SarifLevel
  readonly helpUri?: string
  readonly tags?: readonly string[]
}

/** What was found. */
export interface SarifResult {
  /** The id of one of the rules. */
  readonly rule: string
  readonly level: SarifLevel
  readonly text: string
  /** Files, with a line that counts from 1. */
  readonly files?: readonly { readonly path: string; readonly line?: number }[]
  /** Things that are no files, e.g. `containerd@2.0.1`. */
  readonly things?: readonly string[]
  /** Against an earlier state: whether it is new, was there, or is gone. */
  readonly against?: 'new' | 'unchanged' | 'absent'
}

/** The text of a SARIF 2.1.0 log (OASIS, errata 01) of one run of `fairlead <command>`. */
export function sarifLog(rules: readonly SarifRule[], results: readonly SarifResult[]): string {
  const index = new Map(rules.map(({ id }, at) => [id, at]))
  const log = {
    $schema:
      'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'fairlead', version: VERSION, rules: rules.map(descriptorOf) } },
        columnKind: 'utf16CodeUnits',
        results: results.map((result) => ({
          ruleId: result.rule,
          ruleIndex: index.get(result.rule) ?? -1,
          level: result.level,
          // 3.27.9: what has no level is no failure.
          kind: result.level === 'none' ? 'review' : 'fail',
          message: { text: result.text },
          locations: locationsOf(result),
          ...(result.against === undefined ? {} : { baselineState: result.against }),
          partialFingerprints: {
            'rule/v1': [result.rule, ...(result.things ?? [])].join(' '),
          },
        })),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function descriptorOf({ id, title, explanation, help, level, helpUri, tags }: SarifRule): object {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: explanation },
    help: { text: help },
    ...(helpUri === undefined ? {} : { helpUri }),
    defaultConfiguration: { level },
    ...(tags === undefined ? {} : { properties: { tags } }),
  }
}

function locationsOf({ files = [], things = [] }: SarifResult): readonly object[] {
  const logical = things.map((fullyQualifiedName) => ({ fullyQualifiedName, kind: 'module' }))
  if (files.length === 0) return logical.length === 0 ? [] : [{ logicalLocations: logical }]
  return files.map(({ path, line }) => ({
    physicalLocation: {
      artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/') },
      ...(line === undefined ? {} : { region: { startLine: line } }),
    },
    ...(logical.length === 0 ? {} : { logicalLocations: logical }),
  }))
}
