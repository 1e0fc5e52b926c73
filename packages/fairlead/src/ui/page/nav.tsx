const PAGES = [
  { href: '/', name: 'Node' },
  { href: '/runs', name: 'Lab runs' },
  { href: '/upgrades', name: 'Upgrades' },
] as const

/** The pages; `current` is the address of the one that is shown, or that it belongs to. */
export function Nav({ current }: { readonly current: string }) {
  return (
    <nav class="nav" aria-label="Pages">
      <span class="brand">Fairlead</span>
      {PAGES.map(({ href, name }) => (
        <a key={href} href={href} {...(href === current ? { 'aria-current': 'page' } : {})}>
          {name}
        </a>
      ))}
    </nav>
  )
}
