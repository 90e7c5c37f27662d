// Which page is at which address, and who may come in.

import { lazy, Suspense, type ReactNode } from "react";
import { I18nProvider, RouterProvider } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Navigate, Route, Routes, useHref, useLocation, useNavigate } from "react-router-dom";

import type { Role } from "./api/client";
import { hasRole, useSession } from "./api/session";
import { Home } from "./pages/home";
import { NotFound, NotForYou } from "./pages/not-found";
import { Register } from "./pages/register";
import { SetUp } from "./pages/setup";
import { SignIn } from "./pages/sign-in";
import { Failure, Loading } from "./ui/feedback";
import { Entrance, Shell } from "./ui/layout";

const Account = lazy(() => import("./pages/account").then((m) => ({ default: m.AccountPage })));
const ApiDocs = lazy(() => import("./pages/api-docs").then((m) => ({ default: m.ApiDocs })));
const Audit = lazy(() => import("./pages/audit").then((m) => ({ default: m.Audit })));
const Dataset = lazy(() => import("./pages/datasets/dataset").then((m) => ({ default: m.DatasetPage })));
const Datasets = lazy(() => import("./pages/datasets/list").then((m) => ({ default: m.Datasets })));
const AddDataset = lazy(() => import("./pages/datasets/add").then((m) => ({ default: m.AddDataset })));
const Evaluations = lazy(() => import("./pages/evaluations").then((m) => ({ default: m.Evaluations })));
const JobPage = lazy(() => import("./pages/jobs").then((m) => ({ default: m.JobPage })));
const Jobs = lazy(() => import("./pages/jobs").then((m) => ({ default: m.Jobs })));
const MyVerifications = lazy(() => import("./pages/cases").then((m) => ({ default: m.MyVerifications })));
const Privacy = lazy(() => import("./pages/privacy").then((m) => ({ default: m.Privacy })));
const ReviewCase = lazy(() => import("./pages/reviews/case").then((m) => ({ default: m.ReviewCase })));
const Reviews = lazy(() => import("./pages/reviews/queue").then((m) => ({ default: m.Reviews })));
const SamplePage = lazy(() => import("./pages/datasets/sample").then((m) => ({ default: m.SamplePage })));
const TotpSetUp = lazy(() => import("./pages/totp").then((m) => ({ default: m.TotpSetUp })));
const User = lazy(() => import("./pages/users").then((m) => ({ default: m.User })));
const Users = lazy(() => import("./pages/users").then((m) => ({ default: m.Users })));
const Webhooks = lazy(() => import("./pages/webhooks").then((m) => ({ default: m.Webhooks })));
const Wizard = lazy(() => import("./pages/verify/wizard").then((m) => ({ default: m.Wizard })));

/** Pages of people who are logged in, of these roles where some are named. */
function Only({ roles, children }: { roles?: Role[]; children: ReactNode }) {
  const { session } = useSession();
  if (roles && !hasRole(session, ...roles)) return <NotForYou />;
  return <>{children}</>;
}

function LoggedIn() {
  const { session } = useSession();
  const location = useLocation();
  if (!session) return <Navigate to="/sign-in" state={{ from: location.pathname + location.search }} replace />;
  if (session.totp_setup_required) return <Navigate to="/totp" replace />;
  return <Shell />;
}

export function App() {
  const { i18n } = useTranslation();
  const { session, loading, failure } = useSession();
  const navigate = useNavigate();
  if (loading) return <Loading />;
  if (failure) return <Failure error={failure} />;
  const data: Role[] = ["researcher", "admin"];
  return (
    <I18nProvider locale={i18n.language === "de" ? "de-DE" : "en-US"}>
      <RouterProvider navigate={(to) => navigate(to)} useHref={useHref}>
        <Suspense fallback={<Loading />}>
          <Routes>
            <Route element={<Entrance />}>
              <Route path="/sign-in" element={<SignIn key="person" />} />
              <Route path="/sign-in/admin" element={<SignIn key="admin" admin />} />
              <Route path="/register" element={<Register />} />
              <Route path="/setup" element={<SetUp />} />
              {(!session || session.totp_setup_required) && <Route path="/totp" element={<TotpSetUp />} />}
              {!session && <Route path="/api" element={<ApiDocs />} />}
            </Route>
            <Route element={<LoggedIn />}>
              <Route path="/" element={<Home />} />
              <Route path="/totp" element={<TotpSetUp />} />
              <Route path="/account" element={<Account />} />
              <Route path="/verify" element={<MyVerifications />} />
              <Route path="/verify/new" element={<Wizard key="new" />} />
              <Route path="/verify/:id" element={<Wizard />} />
              <Route path="/datasets" element={<Datasets />} />
              <Route path="/datasets/add" element={<Only roles={data}><AddDataset /></Only>} />
              <Route path="/datasets/:id" element={<Dataset />} />
              <Route path="/datasets/:id/samples/:sample" element={<SamplePage />} />
              <Route path="/jobs" element={<Only roles={data}><Jobs /></Only>} />
              <Route path="/jobs/:id" element={<Only roles={data}><JobPage /></Only>} />
              <Route path="/evaluations" element={<Only roles={data}><Evaluations /></Only>} />
              <Route path="/reviews" element={<Only roles={["reviewer"]}><Reviews /></Only>} />
              <Route path="/reviews/:id" element={<Only roles={["reviewer"]}><ReviewCase /></Only>} />
              <Route path="/users" element={<Only roles={["admin"]}><Users /></Only>} />
              <Route path="/users/:id" element={<Only roles={["admin"]}><User /></Only>} />
              <Route path="/audit" element={<Only roles={["admin"]}><Audit /></Only>} />
              <Route path="/privacy" element={<Only roles={["admin"]}><Privacy /></Only>} />
              <Route path="/webhooks" element={<Only roles={["reviewer", "researcher", "admin"]}><Webhooks /></Only>} />
              <Route path="/api" element={<ApiDocs />} />
              <Route path="*" element={<NotFound />} />
            </Route>
          </Routes>
        </Suspense>
      </RouterProvider>
    </I18nProvider>
  );
}
