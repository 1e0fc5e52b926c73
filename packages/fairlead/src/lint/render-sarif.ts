import { pathToFileURL } from 'node:url'
import { VERSION } from '../version.ts'
import type { LintReport } from './lint.ts'

/** The report as SARIF 2.1.0, which code hosts show beside files. */
export function lintSarif({ problems, runtime, dir, outcome }: LintReport): object {
  const probes = [...new Set(problems.map(({ probe }) => probe))].toSorted()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'fairlead lint',
            version: VERSION,
            rules: probes.map((id) => ({ id })),
          },
        },
        properties: { runtime, dir, outcome },
        results: problems.map((problem) => ({
          ruleId: problem.probe,
          ruleIndex: probes.indexOf(problem.probe),
          level: problem.severity,
          message: { text: `${problem.text} ${problem.nextStep}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: pathToFileURL(problem.file).href },
                ...(problem.line === undefined
                  ? {}
                  : {
                      region: {
                        startLine: problem.line,
                        ...(problem.column === undefined ? {} : { startColumn: problem.column }),
                      },
                    }),
              },
            },
          ],
          properties: { advisories: problem.advisories },
        })),
      },
    ],
  }
}
