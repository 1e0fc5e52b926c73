import type { ComponentChildren } from 'preact'
import type { VerdictWord } from '../../report.ts'

/** A verdict's sign and word; each word has a shape of its own, so colour is never alone. */
export function VerdictMark({
  word,
  children,
}: {
  readonly word: VerdictWord
  readonly children?: ComponentChildren
}) {
  return (
    <span class={`verdict verdict-${word}`}>
      <VerdictSign word={word} />
      {children ?? word}
    </span>
  )
}

/** The sign alone, 16 px, in the colour of the text around it. */
export function VerdictSign({ word }: { readonly word: VerdictWord }) {
  return (
    <svg class="sign" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {SIGNS[word]}
    </svg>
  )
}

const SIGNS: Readonly<Record<VerdictWord, ComponentChildren>> = {
  pass: (
    <>
      <circle cx="8" cy="8" r="7" />
      <path class="cut" d="M4.8 8.3l2.2 2.2 4.2-4.8" />
    </>
  ),
  inconclusive: (
    <>
      <circle class="ring ring-whole" cx="8" cy="8" r="6.300" />
      <path class="ring-mark" d="M8 4.200V8l2.600 1.800" />
    </>
  ),
  leak: (
    <>
      <path d="M8 .8c2.7 3.4 5 6 5 8.9a5 5 0 0 1-10 0C3 6.800 5.300 4.200 8 .8z" />
      <path class="cut" d="M5.600 9.800A2.500 2.500 0 0 0 8 12.300" />
    </>
  ),
  wrong: (
    <>
      <path d="M8 .8 15.700 14.600H.3z" />
      <path class="cut" d="M8 5.800v4M8 12.200v.1" />
    </>
  ),
  flap: (
    <>
      <path d="M8 .5 15.500 8 8 15.500.5 8z" />
      <path class="cut" d="M4.200 8.300 6.300 6.200l3.200 3.600 2.300-2.300" />
    </>
  ),
  stall: (
    <>
      <rect x="1" y="1" width="14" height="14" rx="3" />
      <path class="cut" d="M6 5v6M10 5v6" />
    </>
  ),
  wedge: (
    <>
      <path d="M5 .8h6L15.200 5v6L11 15.200H5L.8 11V5z" />
      <path class="cut" d="M4.500 8h7" />
    </>
  ),
  crash: (
    <>
      <path d="M8 .3l1.700 2.900 3.200-1-.1 3.300L15.800 8l-3 2.500.1 3.300-3.200-1L8 15.700l-1.700-2.900-3.200 1 .1-3.300L.2 8l3-2.500-.1-3.300 3.200 1z" />
      <path class="cut" d="M5.800 5.800l4.400 4.400M10.200 5.800l-4.400 4.400" />
    </>
  ),
  error: (
    <>
      <circle class="ring" cx="8" cy="8" r="6.300" />
      <path class="ring-mark" d="M6 6.400a2 2 0 1 1 2.600 1.900c-.5.2-.6.5-.6 1.100M8 11.600v.1" />
    </>
  ),
}
