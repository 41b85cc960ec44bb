/**
 * The look of the live card; the rest is in `shared` of common.js.
 *
 * The last visit: the picture is above its words, beside them where there is room. The
 * banner takes its room from the picture: nothing else moves, no face is hidden. The
 * strip's padding is room for the focus ring, which the scrolling would cut off; what only
 * screen readers see stays inside, and makes the page no wider. *Who is there?* makes room
 * for the answer beside it. On a wall it is larger, but still one thing to look at.
 */

import { css } from "../shared/lit.js";

export const style = css`
  .card {
    display: flex;
    flex-direction: column;
    gap: 16px;
  }
  .icon {
    flex: none;
    width: 24px;
    height: 24px;
  }
  .icon.recognized {
    color: var(--fm-good);
  }
  .icon.rejected {
    color: var(--fm-bad);
  }
  .icon.unknown,
  .icon.alert {
    color: var(--fm-doubt);
  }
  .last {
    display: grid;
    gap: 16px;
  }
  .frame {
    position: relative;
    display: block;
    width: 100%;
    min-width: 0;
    padding: 0;
    aspect-ratio: 4 / 3;
    overflow: hidden;
    background: var(--fm-soft);
    border: 0;
    border-radius: 12px;
  }
  .frame:hover:not(:disabled) {
    filter: none;
  }
  .frame:disabled {
    opacity: 1;
  }
  .frame img {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    object-fit: contain;
  }
  .frame img.around {
    object-fit: cover;
    filter: blur(20px) brightness(0.9);
    transform: scale(1.2);
  }
  .nobody {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    color: var(--fm-quiet);
  }
  .nobody .icon {
    width: 45%;
    height: 45%;
    opacity: 0.35;
  }
  .hero {
    display: flex;
    flex-direction: column;
    gap: 8px;
    min-width: 0;
    aspect-ratio: 4 / 3;
  }
  .hero .frame {
    flex: 1;
    min-height: 96px;
    aspect-ratio: auto;
  }
  .banner {
    display: grid;
    gap: 4px;
    padding: 8px 12px;
    font-weight: 500;
    line-height: 1.4;
    background: var(--fm-soft);
    border-radius: 12px;
    box-shadow: inset 0 0 0 2px var(--fm-doubt);
  }
  .banner:not(:has(div)) {
    display: none;
  }
  .banner div {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  .banner span {
    flex: 1 1 7rem;
  }
  .banner a {
    display: inline-flex;
    align-items: center;
    min-height: 44px;
    padding: 0 4px;
    margin-block: -8px;
    margin-inline-start: auto;
    color: inherit;
  }
  .words {
    display: flex;
    flex-direction: column;
    gap: 4px;
    min-width: 0;
    min-height: 6.25rem;
  }
  .name {
    overflow: hidden;
    font-size: 1.75rem;
    font-weight: 500;
    line-height: 1.25;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .verdict {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: 24px;
    line-height: 1.3;
  }
  /* What is so now, apart from what was when somebody came. */
  .now {
    padding-top: 8px;
    margin-top: 8px;
    font-size: 0.8125rem;
    border-top: 1px solid var(--fm-line);
  }
  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    padding: 0;
    margin: 4px 0 0;
    list-style: none;
  }
  .chips li {
    padding: 4px 12px;
    line-height: 1.5;
    background: var(--fm-soft);
    border-radius: 16px;
  }
  .chips li.doubt {
    box-shadow: inset 0 0 0 2px var(--fm-doubt);
  }
  .strip {
    display: flex;
    gap: 4px;
    min-height: 116px;
    padding: 4px;
    margin: -4px;
    overflow-x: auto;
    list-style: none;
    scrollbar-width: thin;
  }
  .strip li {
    flex: none;
  }
  .strip button {
    position: relative;
    flex-direction: column;
    gap: 2px;
    width: 76px;
    padding: 4px;
    font-size: 0.8125rem;
    font-weight: 400;
    line-height: 1.35;
    background: transparent;
    border-radius: 12px;
  }
  .strip button:hover {
    background: var(--fm-soft);
  }
  .thumb {
    position: relative;
    width: 60px;
    height: 60px;
    margin-bottom: 2px;
  }
  .thumb > img,
  .thumb > .blank {
    display: grid;
    place-items: center;
    width: 100%;
    height: 100%;
    object-fit: cover;
    color: var(--fm-quiet);
    background: var(--fm-soft);
    border-radius: 50%;
  }
  .thumb > .icon {
    position: absolute;
    inset-inline-end: -4px;
    bottom: -2px;
    width: 22px;
    height: 22px;
    background: var(--fm-card);
    border-radius: 50%;
  }
  .strip .who,
  .strip .when {
    width: 100%;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .none {
    align-self: center;
  }
  .deeds {
    display: flex;
    flex-direction: column;
    gap: 8px;
    margin-top: auto;
  }
  .asking {
    display: flex;
    align-items: center;
    min-height: 44px;
  }
  .ask {
    flex: 1 0 auto;
    background: transparent;
    border-color: var(--fm-primary);
    border-width: 2px;
  }
  output {
    flex: 0 1 auto;
    line-height: 1.35;
    overflow-wrap: anywhere;
  }
  output:not(:empty) {
    margin-inline-start: 12px;
  }
  .switches {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(76px, 1fr));
    gap: 8px;
  }
  .switches button {
    flex-direction: column;
    gap: 4px;
    padding: 8px 4px;
    font-size: 0.8125rem;
    line-height: 1.3;
    border-radius: 12px;
  }
  .switches button .icon {
    color: var(--fm-quiet);
  }
  .switches button[aria-checked="true"] {
    background: var(--fm-soft);
    background: color-mix(in srgb, var(--fm-primary) 22%, var(--fm-card));
    border-color: var(--fm-primary);
  }
  .switches button[aria-checked="true"] .icon {
    color: var(--fm-primary);
  }
  .switches button[aria-busy="true"] .icon {
    animation: breathe 1s infinite alternate;
  }
  .loading .frame,
  .loading .bone {
    animation: breathe 1s infinite alternate;
  }
  .bone {
    display: inline-block;
    width: 60%;
    height: 1em;
    background: var(--fm-soft);
    border-radius: 8px;
  }
  @keyframes breathe {
    to {
      opacity: 0.5;
    }
  }
  dialog header {
    display: flex;
    align-items: center;
    gap: 8px;
    margin-bottom: 16px;
  }
  dialog header h2 {
    flex: 1;
    font-size: 1.375rem;
  }
  dialog header button {
    padding: 0;
    background: transparent;
  }
  dialog .verdict,
  dialog > button {
    margin-top: 16px;
  }
  dialog > button {
    width: 100%;
  }
  dl {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 8px 16px;
    margin: 16px 0 0;
    line-height: 1.4;
  }
  dt {
    color: var(--fm-quiet);
  }
  dd {
    margin: 0;
    text-align: end;
    overflow-wrap: anywhere;
  }
  @container (min-width: 420px) {
    .last {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    }
    .hero {
      aspect-ratio: 1;
    }
    .words {
      justify-content: center;
    }
  }
  @container (min-width: 640px) {
    .last {
      grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
      gap: 24px;
    }
    .name {
      font-size: 2.25rem;
    }
    .deeds {
      display: grid;
      grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
      gap: 24px;
    }
  }
  @container (min-width: 1200px) {
    .card > * {
      width: 100%;
      max-width: 1136px;
      margin-inline: auto;
    }
    .name {
      font-size: 3.5rem;
    }
    .verdict,
    .words > .quiet {
      font-size: 1.5rem;
    }
  }
`;
