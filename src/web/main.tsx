import "./style/base.css";
import "./style/frame.css";
import "./style/inbox.css";
import "./style/session.css";
import "./style/text.css";
import "./style/request.css";
import "./style/figures.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";

createRoot(document.querySelector("#root") ?? document.body).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
