// The theme that this browser keeps is put on the page before anything is drawn, so that none flashes up that is not meant.
try {
  const theme = localStorage.getItem("agentrun-graph:theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing has the colours of its system.
}
