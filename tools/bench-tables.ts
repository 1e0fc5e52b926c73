import { milliseconds, number } from './bench-plots.ts'
import type { BenchResults } from './bench-results.ts'
import { markdownTable } from './markdown-table.ts'

/** The figures of each benchmark as a table in Markdown. */
export function benchTables(results: BenchResults): Readonly<Record<keyof BenchResults, string>> {
  const { networks, cni, doctor, agent, upgrade } = results
  const runtimes: Readonly<Record<string, string>> = networks.versions
  return {
    networks: markdownTable(
      ['runtime', 'hung ADDs', 'p50 ms', 'p99 ms', 'unanswered'],
      networks.rows.map(({ runtime, hungAdds, p50Ms, p99Ms, isAnswered }) => [
        nameOf(runtime, runtimes[runtime]),
        `${hungAdds}`,
        `${p50Ms}`,
        `${p99Ms}`,
        isAnswered ? '0' : '**all**',
      ]),
    ),
    cni: markdownTable(
      ['', 'libcni', 'shells', 'child processes'],
      cni.rows.map(({ what, libcniMs, shells, childProcesses }) => [
        what,
        milliseconds(libcniMs),
        `${milliseconds(shells.ms)} (${shells.ratio})`,
        `${milliseconds(childProcesses.ms)} (${childProcesses.ratio})`,
      ]),
    ),
    doctor: doctorTable(doctor),
    agent: agentTable(agent),
    upgrade: markdownTable(
      ['fault', 'policy', 'hurt', 'hurt at the end'],
      upgrade.faults.flatMap(({ meaning, rows }) =>
        rows.map(({ policy, hurt, atTheEnd }) => [
          meaning,
          policy,
          spreadText(hurt),
          spreadText(atTheEnd),
        ]),
      ),
    ),
  }
}

function doctorTable({ ripgrep, doctor, ratios, versions }: BenchResults['doctor']): string {
  const ratioText = ({ median, least, most }: typeof ratios.cpu) =>
    `${median} (${least} to ${most})`
  return markdownTable(
    ['', `ripgrep ${versions.ripgrep}`, 'fairlead doctor', 'doctor / ripgrep, median of the pairs'],
    [
      ['wall time, median', `${ripgrep.wallS} s`, `${doctor.wallS} s`, ratioText(ratios.wall)],
      ['processor time, median', `${ripgrep.cpuS} s`, `${doctor.cpuS} s`, ratioText(ratios.cpu)],
      ['most memory, largest', `${ripgrep.peakMb} MB`, `${doctor.peakMb} MB`, ''],
    ],
  )
}

function agentTable({ idle, soak }: BenchResults['agent']): string {
  return markdownTable(
    ['', 'with nothing to do', 'through the soak'],
    [
      ['over', `${idle.minutes} min`, `${soak.minutes} min`],
      [
        `memory, every ${soak.everyMinutes} min`,
        `${idle.memoryMb} MB`,
        `${soak.memoryMb.join(', ')} MB; most ${soak.mostMb} MB`,
      ],
      [
        'mean of the first and the last third',
        '',
        `${soak.firstThirdMb} and ${soak.lastThirdMb} MB`,
      ],
      ['processor', `${idle.cpuPercent} % of one`, `${soak.cpuPercent} % of one`],
    ],
  )
}

function nameOf(runtime: string, version: string | undefined): string {
  return version === undefined
    ? runtime
    : `containerd ${version.replace(/ of Debian.*/, ' (Debian)')}`
}

function spreadText({ median, most }: { readonly median: number; readonly most: number }): string {
  return median === most ? number(median) : `${number(median)} (${number(most)})`
}
