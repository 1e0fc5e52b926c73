import { defineConfig } from 'vitepress'

const page = (text: string, link: string) => ({ text, link })

export default defineConfig({
  title: 'Fairlead',
  description: 'Keeps a Kubernetes node Ready while several CNI plugins live on it',
  srcDir: 'pages',
  outDir: 'dist',
  cleanUrls: false,
  lastUpdated: false,
  markdown: {
    // <tmp> in what others wrote is a text.
    html: false,
    // As GitHub makes them, where the same pages are read.
    anchor: {
      slugify: (heading: string) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
          .replaceAll(/\s/g, '-'),
    },
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        locales: {
          'zh-CN': {
            translations: {
              button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
              modal: {
                noResultsText: '没有找到',
                resetButtonTitle: '清除',
                footer: { selectText: '打开', navigateText: '切换', closeText: '关闭' },
              },
            },
          },
        },
      },
    },
    // Not every page is there in Chinese: the switch leads to the other language's first page.
    i18nRouting: false,
    outline: [2, 3],
    sidebar: {
      '/': [
        {
          text: 'Begin',
          items: [page('What it is', '/'), page('The incident', '/docs/incident')],
        },
        {
          text: 'Tutorials',
          items: [
            page('The lab in CI', '/docs/tutorials/lab-in-ci'),
            page('Diagnose a node', '/docs/tutorials/diagnose-a-node'),
            page('The agent on kind', '/docs/tutorials/agent-on-kind'),
            page('The agent with kubeadm', '/docs/tutorials/agent-on-kubeadm'),
            page('The agent on k3s', '/docs/tutorials/agent-on-k3s'),
            page('The agent on Talos', '/docs/tutorials/agent-on-talos'),
            page('Upgrade a cluster', '/docs/tutorials/upgrade-a-cluster'),
          ],
        },
        {
          text: 'Guides',
          items: [
            page('The lab', '/docs/lab'),
            page('Gates, shards, baselines', '/docs/ci'),
            page('The doctor', '/docs/doctor'),
            page('The agent', '/docs/agent'),
            page('Runtime slots', '/docs/runtime-slots'),
            page('Runbook: a node', '/docs/runbook-node'),
            page('Upgrades in waves', '/docs/upgrade'),
            page('Runbook: a cluster', '/docs/runbook-upgrade'),
            page('Before an upgrade: advisories', '/docs/advisories'),
            page('Check a conf dir', '/docs/lint'),
            page('Networks by hand', '/docs/net'),
            page('The embedded runtime', '/docs/runtime'),
            page('Watch a node live', '/docs/ui'),
            page('Explore schedules', '/docs/explore'),
          ],
        },
        {
          text: 'Reference',
          items: [
            page('Commands', '/docs/reference/cli'),
            page('Error codes', '/docs/reference/errors'),
            page('agent.yaml', '/docs/reference/agent-config'),
            page('slots.yaml', '/docs/reference/slots-config'),
            page('RuntimeUpgrade', '/docs/reference/runtime-upgrade'),
            page('Scenario files', '/docs/reference/scenario'),
            page('Advisory files', '/docs/reference/advisory'),
            page('Scenarios', '/docs/scenarios'),
            page('Coverage', '/docs/coverage'),
            page('Known issues', '/advisories/README'),
            page('Metrics', '/docs/reference/metrics'),
            page('Glossary', '/docs/glossary'),
          ],
        },
        {
          text: 'For Node.js',
          items: [
            page('@fairlead/cni', '/packages/cni/README'),
            page('@fairlead/cni: API', '/api/cni'),
            page('@fairlead/networks', '/packages/networks/README'),
            page('@fairlead/networks: API', '/api/networks'),
            page('@fairlead/cri', '/packages/cri/README'),
            page('@fairlead/cri: API', '/api/cri'),
          ],
        },
        {
          text: 'Project',
          items: [
            page('Architecture', '/docs/architecture'),
            page('Threat model', '/docs/security'),
            page('Measured, against whom', '/docs/benchmarks'),
            page('Results', '/docs/results/README'),
            page('Contributing', '/CONTRIBUTING'),
            page('Changes', '/CHANGELOG'),
          ],
        },
      ],
    },
  },
  locales: {
    root: { label: 'English', lang: 'en' },
    'zh-CN': {
      label: '简体中文',
      lang: 'zh-CN',
      themeConfig: {
        outline: { label: '本页内容', level: [2, 3] },
        docFooter: { prev: '上一页', next: '下一页' },
        sidebarMenuLabel: '目录',
        returnToTopLabel: '回到顶部',
        darkModeSwitchLabel: '外观',
        langMenuLabel: '语言',
        sidebar: [
          {
            text: '开始',
            items: [page('从锁讲起：这次事故', '/zh-CN/docs/incident')],
          },
          {
            text: '指南',
            items: [
              page('诊断节点', '/zh-CN/docs/doctor'),
              page('保护节点：agent', '/zh-CN/docs/agent'),
              page('升级一个节点', '/zh-CN/docs/runtime-slots'),
              page('升级整个集群', '/zh-CN/docs/upgrade'),
              page('检查 conf 目录', '/zh-CN/docs/lint'),
              page('实验室', '/zh-CN/docs/lab'),
            ],
          },
          {
            text: '参考',
            items: [
              page('已知问题', '/zh-CN/advisories/README'),
              page('术语', '/zh-CN/docs/glossary'),
            ],
          },
        ],
      },
    },
  },
})
