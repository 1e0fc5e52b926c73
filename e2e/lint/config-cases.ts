/** A config for containerd beside what it needs to run at all. */
export interface ConfigCase {
  readonly title: string
  /** The `version` of the main file; undefined for none. */
  readonly version: number | undefined
  /** What goes to the end of the main file. */
  readonly toml: string
  /** What goes to its beginning, before any table. */
  readonly head?: string
  /** Other files beside it. */
  readonly files?: Readonly<Record<string, string>>
}

const OLD = 'plugins."io.containerd.grpc.v1.cri"'
const NEW = 'plugins."io.containerd.cri.v1.runtime"'
const cni = (section: string, keys: string) => `[${section}.cni]\n${keys}\n`
const dirs = 'conf_dir = "/run/fairlead/c1"\nbin_dir = "/run/fairlead/b1"'
const VERSIONS = [undefined, 1, 2, 3, 4, 5]

const SECTIONS: readonly ConfigCase[] = VERSIONS.flatMap((version) =>
  Object.entries({ cri: 'plugins.cri', old: OLD, new: NEW }).map(([name, section]) => ({
    title: `version ${version ?? 'none'}, section ${name}`,
    version,
    toml: cni(section, dirs),
  })),
)

const KEYS: readonly ConfigCase[] = [OLD, NEW].flatMap((section) =>
  [2, 3].flatMap((version) =>
    (
      [
        ['bin_dirs', 'bin_dirs = ["/a", "/b"]'],
        ['bin_dir and bin_dirs', 'bin_dir = "/a"\nbin_dirs = ["/b"]'],
        ['bin_dirs and bin_dir', 'bin_dirs = ["/b"]\nbin_dir = "/a"'],
        ['bin_dir and the default', 'bin_dir = "/a"\nbin_dirs = ["/opt/cni/bin"]'],
        ['no bin_dirs at all', 'bin_dirs = []'],
        ['an empty bin_dir', 'bin_dir = ""'],
        ['max_conf_num', 'max_conf_num = 0'],
        ['max_conf_num in words', 'max_conf_num = "1"'],
        ['max_conf_num in parts', 'max_conf_num = 1.5'],
        ['conf_dir that is a number', 'conf_dir = 1'],
        ['bin_dirs that are a string', 'bin_dirs = "/a"'],
        ['use_internal_loopback', 'use_internal_loopback = true'],
        ['use_internal_loopback in words', 'use_internal_loopback = "yes"'],
        ['setup_serially in words', 'setup_serially = "yes"'],
        ['an unknown key', 'confdir = "/x"'],
        ['a key in another case', 'CONF_DIR = "/run/fairlead/c1"'],
      ] as const
    ).map(([title, keys]) => ({
      title: `version ${version}, ${section === OLD ? 'old' : 'new'} section, ${title}`,
      version,
      toml: cni(section, keys),
    })),
  ),
)

const BOTH: readonly ConfigCase[] = [2, 3].flatMap((version) => [
  {
    title: `version ${version}, both sections`,
    version,
    toml: cni(OLD, dirs) + cni(NEW, 'conf_dir = "/run/fairlead/c2"'),
  },
  {
    title: `version ${version}, both sections with folders of programs`,
    version,
    toml: cni(OLD, dirs) + cni(NEW, 'bin_dirs = ["/b2"]'),
  },
  {
    title: `version ${version}, both sections and bin_dir in the new one`,
    version,
    toml: cni(OLD, 'bin_dir = "/b1"') + cni(NEW, 'bin_dir = "/b2"'),
  },
])

const DISABLED: readonly ConfigCase[] = [undefined, 2, 3].flatMap((version) =>
  [
    'cri',
    'io.containerd.grpc.v1.cri',
    'io.containerd.cri.v1.runtime',
    'io.containerd.cri.v1.images',
    'a.b',
  ].map((name) => ({
    title: `version ${version ?? 'none'}, ${name} disabled`,
    version,
    head: `disabled_plugins = ["${name}"]`,
    toml: '',
  })),
)

const imports = (text: string) => `imports = [${text}]`
const main = cni(OLD, 'conf_dir = "/run/fairlead/c1"')
const IMPORTS: readonly ConfigCase[] = [
  {
    title: 'a drop-in with another key of the section',
    version: 2,
    head: imports('"/run/fairlead/drop/*.toml"'),
    toml: main,
    files: { 'drop/a.toml': `version = 2\n${cni(OLD, 'max_conf_num = 3')}` },
  },
  {
    title: 'a drop-in with another part of the section',
    version: 2,
    head: imports('"/run/fairlead/drop/*.toml"'),
    toml: main,
    files: { 'drop/a.toml': `version = 2\n[${OLD}.registry]\nconfig_path = "/x"\n` },
  },
  {
    title: 'a drop-in with the same key',
    version: 2,
    head: imports('"/run/fairlead/drop/a.toml"'),
    toml: main,
    files: { 'drop/a.toml': `version = 2\n${cni(OLD, 'conf_dir = "/run/fairlead/c2"')}` },
  },
  {
    title: 'two drop-ins, by name',
    version: 2,
    head: imports('"/run/fairlead/drop/*.toml"'),
    toml: main,
    files: {
      'drop/b.toml': `version = 2\n${cni(OLD, 'conf_dir = "/run/fairlead/cb"')}`,
      'drop/a.toml': `version = 2\n${cni(OLD, 'conf_dir = "/run/fairlead/ca"')}`,
      'drop/c.conf': `version = 2\n${cni(OLD, 'conf_dir = "/run/fairlead/cc"')}`,
    },
  },
  {
    title: 'a relative drop-in',
    version: 2,
    head: imports('"drop/a.toml"'),
    toml: main,
    files: { 'drop/a.toml': `version = 2\n${cni(OLD, 'conf_dir = "/run/fairlead/c2"')}` },
  },
  {
    title: 'a drop-in of a drop-in, and in a circle',
    version: 2,
    head: imports('"drop/a.toml"'),
    toml: main,
    files: {
      'drop/a.toml': `version = 2\nimports = ["b.toml", "../containerd.toml"]\n`,
      'drop/b.toml': `version = 2\n${cni(OLD, 'conf_dir = "/run/fairlead/c2"')}`,
    },
  },
  {
    title: 'a drop-in that is not there',
    version: 2,
    head: imports('"/run/fairlead/drop/none.toml"'),
    toml: main,
  },
  {
    title: 'a pattern for nothing',
    version: 2,
    head: imports('"/run/fairlead/none/*.toml"'),
    toml: main,
  },
  {
    title: 'a drop-in that is no TOML',
    version: 2,
    head: imports('"/run/fairlead/drop/*.toml"'),
    toml: main,
    files: { 'drop/a.toml': 'version = ' },
  },
  {
    title: 'a drop-in without a version',
    version: 2,
    head: imports('"/run/fairlead/drop/*.toml"'),
    toml: main,
    files: { 'drop/a.toml': cni(OLD, 'max_conf_num = 3') },
  },
  {
    title: 'a drop-in without a version beside version 3',
    version: 3,
    head: imports('"/run/fairlead/drop/*.toml"'),
    toml: cni(NEW, 'conf_dir = "/run/fairlead/c1"'),
    files: { 'drop/a.toml': cni(NEW, 'max_conf_num = 3') },
  },
  {
    title: 'a newer drop-in',
    version: 2,
    head: imports('"/run/fairlead/drop/*.toml"'),
    toml: main,
    files: { 'drop/a.toml': `version = 3\n${cni(NEW, 'max_conf_num = 3')}` },
  },
  {
    title: 'an older drop-in',
    version: 3,
    head: imports('"/run/fairlead/drop/*.toml"'),
    toml: cni(NEW, 'conf_dir = "/run/fairlead/c1"'),
    files: {
      'drop/a.toml': `version = 2\n${cni(OLD, 'conf_dir = "/run/fairlead/c2"\nmax_conf_num = 3')}`,
    },
  },
  {
    title: 'a list in a drop-in',
    version: 3,
    head: imports('"/run/fairlead/drop/*.toml"'),
    toml: cni(NEW, 'bin_dirs = ["/a"]'),
    files: { 'drop/a.toml': `version = 3\n${cni(NEW, 'bin_dirs = ["/b"]')}` },
  },
]

const OTHERS: readonly ConfigCase[] = [
  { title: 'no TOML', version: 2, toml: '[plugins' },
  { title: 'a table twice', version: 2, toml: main + main },
  {
    title: 'a large number',
    version: 2,
    toml: '[plugins."io.containerd.gc.v1.scheduler"]\npause_threshold = 0.02\ndeletion_threshold = 9223372036854775807\n',
  },
  { title: 'a plugin of another name', version: 2, toml: '[plugins.other]\nx = 1\n' },
  { title: 'a dotted plugin of another name', version: 2, toml: '[plugins."a.b.c.d"]\nx = 1\n' },
  {
    title: 'a conf_dir that is not there',
    version: 2,
    toml: cni(OLD, 'conf_dir = "/run/fairlead/not/there"'),
  },
  { title: 'nothing of CNI', version: 2, toml: '' },
]

/** Configs of every kind that a rule speaks of. */
export const CONFIG_CASES: readonly ConfigCase[] = [
  ...SECTIONS,
  ...KEYS,
  ...BOTH,
  ...DISABLED,
  ...IMPORTS,
  ...OTHERS,
]
