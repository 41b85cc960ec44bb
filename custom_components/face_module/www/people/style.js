/** The look of the people card, its tiles and its dialogs, on top of what both cards share. */

import { css } from "../shared/lit.js";
import { ROW } from "./logic.js";

export const grid = css`
  .head,
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
  }
  .head {
    margin-bottom: 12px;
  }
  .head h2 {
    flex: 1 1 auto;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-bottom: 4px;
  }
  .bar > * {
    flex: 1 1 180px;
    min-width: 0;
    max-width: 100%;
  }
  .count {
    min-height: 1.5em;
    margin: 0 0 4px;
    font-size: 0.875rem;
  }
  .scroller {
    overflow: hidden auto;
    overflow-anchor: none;
    scrollbar-width: thin;
    outline: none;
  }
  ul.grid {
    position: relative;
    display: grid;
    align-content: start;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .tile {
    position: relative;
    display: flex;
    flex-direction: column;
    gap: 6px;
    width: 100%;
    min-width: 0;
    height: ${ROW - 4}px;
    padding: 8px 2px;
    justify-content: flex-start;
    font-weight: 400;
    background: transparent;
    border-radius: 12px;
  }
  .tile:hover:not(:disabled) {
    background: var(--fm-soft);
    filter: none;
  }
  .tile:focus-visible {
    outline-offset: -2px;
  }
  .face {
    position: relative;
    display: grid;
    flex: none;
    place-items: center;
    width: 84px;
    height: 84px;
    overflow: hidden;
    color: var(--fm-text);
    font-size: 1.75rem;
    background: var(--fm-soft);
    border-radius: 50%;
  }
  .face img {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    object-fit: cover;
    background: var(--fm-soft);
  }
  /* Whether they may enter now; what runs out stands on the lower part of the face. */
  .mark,
  .left {
    position: absolute;
    color: var(--fm-text);
    background: var(--fm-card);
    border: 1px solid var(--fm-line);
    border-radius: 12px;
  }
  .mark {
    top: 6px;
    inset-inline-end: calc(50% - 42px);
    width: 24px;
    height: 24px;
    line-height: 22px;
  }
  .mark::before {
    margin: 0 !important;
  }
  .left {
    top: 76px;
    max-width: 100%;
    padding: 1px 8px;
    font-size: 0.75rem;
    white-space: nowrap;
  }
  .label {
    display: -webkit-box;
    width: 100%;
    max-height: 2.6em;
    overflow: hidden;
    font-size: 0.875rem;
    line-height: 1.3;
    text-align: center;
    overflow-wrap: anywhere;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
  }
  .skeleton .face,
  .skeleton .label {
    animation: pulse 1.2s ease-in-out infinite alternate;
  }
  .skeleton .label {
    width: 64px;
    height: 14px;
    background: var(--fm-soft);
  }
  .skeleton {
    display: flex;
    flex-direction: column;
    gap: 10px;
    align-items: center;
    padding-top: 8px;
  }
  @keyframes pulse {
    to {
      opacity: 0.4;
    }
  }
  .card > .note {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
    justify-content: space-between;
    margin-bottom: 8px;
  }
  .note button {
    background: var(--fm-card);
  }
  .empty {
    padding: 24px 8px;
    text-align: center;
  }
  .job {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 4px 12px;
    align-items: center;
    margin-bottom: 8px;
    font-size: 0.875rem;
  }
`;

export const forms = css`
  dialog form,
  dialog .body {
    display: grid;
    gap: 16px;
  }
  dialog h2 {
    margin-bottom: 16px;
  }
  label,
  fieldset {
    display: grid;
    gap: 4px;
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  label > span,
  legend {
    color: var(--fm-quiet);
    font-size: 0.875rem;
  }
  input,
  select {
    width: 100%;
    min-width: 0;
  }
  option {
    color: var(--fm-text);
    background: var(--fm-card);
  }
  label.check {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
    min-height: 44px;
  }
  label.check > span:not([id]) {
    flex: 1;
    color: var(--fm-text);
    font-size: 1rem;
    overflow-wrap: anywhere;
  }
  label.check > [id] {
    flex-basis: 100%;
  }
  label.check input {
    flex: none;
    width: 20px;
    height: 20px;
    min-height: 0;
    accent-color: var(--fm-primary);
  }
  .drop {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
    justify-content: center;
    padding: 24px 12px;
    border: 1px dashed var(--fm-quiet);
    border-radius: 12px;
  }
  .hint {
    width: 100%;
    font-size: 0.875rem;
    text-align: center;
  }
  .file {
    position: relative;
    width: auto;
  }
  .file:focus-within {
    outline: 2px solid var(--fm-primary);
    outline-offset: 2px;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    justify-content: flex-end;
  }
  .danger {
    color: var(--fm-text);
    border-color: var(--fm-bad);
  }
  ul.lines {
    display: grid;
    gap: 4px;
    margin: 0 0 8px;
    padding: 0;
    list-style: none;
    overflow-wrap: anywhere;
  }
  /* The mark stands before the words, not among them. */
  .lines > .good,
  .lines > .bad-line,
  .lines > .doubt {
    position: relative;
    padding-inline-start: 22px;
  }
  .lines > .good::before,
  .lines > .bad-line::before,
  .lines > .doubt::before {
    position: absolute;
    inset-inline-start: 0;
  }
  .failed > .bad-line {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 8px;
    align-items: center;
  }
  .failed > .bad-line::before {
    top: 0;
  }
  .failed span {
    flex: 1 1 13rem;
    min-width: 0;
  }
  .failed button {
    margin-inline-start: auto;
  }
  summary {
    min-height: 32px;
    cursor: pointer;
  }
  .good::before,
  .bad-line::before,
  .doubt::before {
    margin-inline-end: 8px;
    font-weight: 700;
  }
  .good::before {
    color: var(--fm-good);
    content: "✓" / "";
  }
  .bad-line::before {
    color: var(--fm-bad);
    content: "✕" / "";
  }
  .doubt::before {
    color: var(--fm-doubt);
    content: "!" / "";
  }
  progress {
    width: 100%;
    height: 8px;
    accent-color: var(--fm-primary);
  }
`;

/** Where a picture is chosen and shown. */
export const pictured = css`
  :host {
    display: grid;
    gap: 12px;
  }
  .shown {
    width: 100%;
    height: 240px;
    object-fit: contain;
    background: var(--fm-soft);
    border-radius: 12px;
  }
  p {
    margin: 0;
  }
`;
