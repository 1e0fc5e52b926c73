import type { SlotFiles } from './node.ts'

/** A containerd that is asked what it is before it is started: until then nothing is wrong. */
const script = (start: string) => `#!/bin/sh
case "$*" in
  --version | *'config dump') exec $REAL "$@" ;;
esac
${start}
`

/** The same with another config than it was given. */
const withConfig = (edit: string) =>
  script(`sed '${edit}' "$2" >/run/unit/config.toml
exec $REAL --config /run/unit/config.toml`)

/** Ways in which a version is broken that nobody can tell before it runs. */
export const BROKEN = {
  'does not start': { containerd: script('exit 1') },
  'starts without CRI': {
    containerd: withConfig('1i disabled_plugins = ["io.containerd.cri.v1.runtime"]'),
  },
  'overlooks the conf dir': {
    containerd: withConfig('s,^ *conf_dir = .*,conf_dir = "/run/other",'),
  },
  'refuses its config': { containerd: withConfig('1i oom_score = "none"') },
  'crashes again and again': {
    containerd: script(`$REAL "$@" &
trap 'kill $!; exit' TERM
sleep 1.2
kill -KILL $!`),
  },
} satisfies Record<string, SlotFiles>
