// Every page after the log-in: navigation by role, the page, and the settings of the display.

import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet, useLocation } from "react-router-dom";

import { hasRole, useSession } from "../api/session";
import { chooseLanguage, languages, type Language } from "../i18n";
import { Button } from "./button";
import { Icon, Logo, type IconName } from "./icons";
import { applyTheme, storedTheme, type Theme } from "./theme";

interface Entry {
  to: string;
  icon: IconName;
  label: string;
}

function useEntries(): { title: string; entries: Entry[] }[] {
  const { t } = useTranslation();
  const { session } = useSession();
  const reviewer = hasRole(session, "reviewer");
  const researcher = hasRole(session, "researcher", "admin");
  const admin = hasRole(session, "admin");
  return [
    {
      title: t("nav.own"),
      entries: [
        { to: "/", icon: "home" as const, label: t("nav.home") },
        { to: "/verify", icon: "shield" as const, label: t("nav.verify") },
      ],
    },
    {
      title: t("nav.data"),
      entries: [
        { to: "/datasets", icon: "database" as const, label: t("nav.datasets") },
        ...(researcher ? [{ to: "/evaluations", icon: "chart" as const, label: t("nav.evaluations") }] : []),
        ...(researcher ? [{ to: "/jobs", icon: "clock" as const, label: t("nav.jobs") }] : []),
      ],
    },
    {
      title: t("nav.work"),
      entries: [
        ...(reviewer ? [{ to: "/reviews", icon: "inbox" as const, label: t("nav.reviews") }] : []),
        ...(admin ? [{ to: "/users", icon: "users" as const, label: t("nav.users") }] : []),
        ...(admin ? [{ to: "/audit", icon: "log" as const, label: t("nav.audit") }] : []),
        ...(admin ? [{ to: "/privacy", icon: "lock" as const, label: t("nav.privacy") }] : []),
        ...(reviewer || researcher ? [{ to: "/webhooks", icon: "hook" as const, label: t("nav.webhooks") }] : []),
        { to: "/api", icon: "code" as const, label: t("nav.api") },
      ],
    },
  ];
}

export function DisplaySettings() {
  const { t, i18n } = useTranslation();
  const [theme, setTheme] = useState<Theme>(storedTheme());
  return (
    <div className="display-settings">
      <label>
        <span className="hidden">{t("nav.language")}</span>
        <select value={i18n.language} onChange={(event) => chooseLanguage(event.target.value as Language)}>
          {Object.entries(languages).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span className="hidden">{t("nav.theme")}</span>
        <select
          value={theme}
          onChange={(event) => {
            const chosen = event.target.value as Theme;
            applyTheme(chosen);
            setTheme(chosen);
          }}
        >
          <option value="auto">{t("nav.themeAuto")}</option>
          <option value="light">{t("nav.themeLight")}</option>
          <option value="dark">{t("nav.themeDark")}</option>
        </select>
      </label>
    </div>
  );
}

/** After a change of page the reader's focus goes to its beginning, and the view too. */
function useFocusOnNavigation() {
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname]);
  return main;
}

export function Shell() {
  const { t } = useTranslation();
  const { session, leave } = useSession();
  const groups = useEntries();
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  const main = useFocusOnNavigation();
  useEffect(() => setOpen(false), [pathname]);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t("nav.skip")}
      </a>
      <header className="top">
        <Link to="/" className="brand">
          <Logo />
          Kyclops
        </Link>
        <Button
          look="quiet"
          aria-expanded={open}
          aria-controls="navigation"
          icon={open ? "close" : "menu"}
          onPress={() => setOpen(!open)}
        >
          {t("nav.menu")}
        </Button>
      </header>
      <div id="navigation" className={open ? "side open" : "side"}>
        <Link to="/" className="brand">
          <Logo />
          Kyclops
        </Link>
        <nav aria-label={t("nav.main")}>
          {groups.map((group) => (
            <div key={group.title} className="nav-group">
              <p className="nav-title">{group.title}</p>
              <ul>
                {group.entries.map((entry) => (
                  <li key={entry.to}>
                    <NavLink to={entry.to} end={entry.to === "/"}>
                      <Icon name={entry.icon} size={18} />
                      {entry.label}
                    </NavLink>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        <div className="side-foot">
          <NavLink to="/account" className="who">
            <Icon name="user" size={18} />
            <span>
              <span className="who-name">{session?.account.name}</span>
              <span className="who-role">{session && t(`roles.${session.account.role}`)}</span>
            </span>
          </NavLink>
          <DisplaySettings />
          <Button look="quiet" onPress={() => void leave()}>
            {t("nav.signOut")}
          </Button>
        </div>
      </div>
      <main id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

/** Pages before the log-in. */
export function Entrance() {
  const { t } = useTranslation();
  const main = useFocusOnNavigation();
  return (
    <div className="entrance">
      <a className="skip" href="#main">
        {t("nav.skip")}
      </a>
      <header className="entrance-head">
        <Link to="/" className="brand">
          <Logo />
          Kyclops
        </Link>
        <DisplaySettings />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
      <footer className="entrance-foot">
        <p>{t("entrance.foot")}</p>
        <Link to="/api">{t("nav.api")}</Link>
      </footer>
    </div>
  );
}
