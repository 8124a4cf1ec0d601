/**
 * What the page adds to GraphiQL's own style.
 *
 * GraphiQL's tabs can be dragged. The library for that gives each of them a shift whenever their bar changes its size,
 * and GraphiQL hides the shift by CSS until the tab has the focus. So a press moved the tab away from under the
 * pointer, and the click went elsewhere. Here no tab is ever shifted, and start-script.ts lets no press begin a drag;
 * in return a finger that strokes the tabs scrolls them.
 */
export const style = `
body.graphiql-light { color-scheme: light }
body.graphiql-dark { color-scheme: dark }
#loading, #token { margin: 20vh auto; max-width: 32rem; padding: 0 16px; font: 16px/1.5 sans-serif }

.graphiql-container .graphiql-tab { transform: none !important; touch-action: auto !important }
.graphiql-container .graphiql-session-header { height: auto; min-height: var(--session-header-height) }
.graphiql-container .graphiql-tabs { flex-wrap: wrap; gap: var(--px-4); overflow: visible }
.graphiql-container .graphiql-tab:not(.graphiql-tab-active) .graphiql-tab-button { padding-right: var(--px-8) }
.graphiql-container .graphiql-tab:not(.graphiql-tab-active) .graphiql-tab-close { display: none }
.graphiql-container .graphiql-tab-active .graphiql-tab-close { animation: 0.6s step-end appear-after-a-double-click }
.graphiql-container .graphiql-tab-add { flex-shrink: 0 }
.graphiql-container .graphiql-logo { flex-shrink: 0; white-space: nowrap }
@keyframes appear-after-a-double-click { from { visibility: hidden } }

@media (max-width: 1500px) {
  .graphiql-container .graphiql-logo span { display: none }
}

@media (max-width: 800px) {
  .graphiql-container .graphiql-container { flex-direction: column-reverse; height: 100dvh }
  .graphiql-container .graphiql-sidebar { flex-direction: row; width: auto; padding: 0 var(--px-8); overflow: auto hidden }
  .graphiql-container .graphiql-main { flex-direction: column; min-height: 0 }
  .graphiql-container .graphiql-sessions { margin: var(--px-8); margin-bottom: 0; min-height: 0 }
  .graphiql-container .graphiql-plugin { border: 0 }
  .graphiql-container .graphiql-horizontal-drag-bar, .graphiql-container .graphiql-logo { display: none }
  .graphiql-container .graphiql-tabs {
    flex-wrap: nowrap;
    overflow-x: auto;
    scrollbar-width: thin;
    padding-right: 48px;
    mask-image: linear-gradient(to left, transparent, black 48px);
  }
  .graphiql-container #graphiql-session { position: relative; flex-direction: column; gap: var(--px-8); min-height: 0; overflow-y: auto }
  .graphiql-container .graphiql-editors { flex: 4 0 400px !important }
  .graphiql-container .graphiql-response { flex: 3 0 260px !important }
  .graphiql-container .graphiql-query-editor { flex-direction: column-reverse; gap: var(--px-8); padding: var(--px-8) }
  .graphiql-container .graphiql-toolbar { flex-direction: row; width: auto }
  .graphiql-container .graphiql-editor-tool { padding: var(--px-8) }
}
`;
