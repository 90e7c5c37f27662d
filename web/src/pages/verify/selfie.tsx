// The selfie clip: the camera as a mirror, the prompts of the challenge while it records, the upload, the submission.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { FileTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";

import { api, body, postJson, upload, type Case } from "../../api/client";
import { momentAt, type Challenge, type Moment } from "../../camera/challenge";
import type { Guide } from "../../camera/framing";
import { PromptPicture } from "../../camera/prompt-picture";
import { record } from "../../camera/recorder";
import { useCamera } from "../../camera/use-camera";
import { useFraming } from "../../camera/use-framing";
import { useAction } from "../../ui/action";
import { Button } from "../../ui/button";
import { Failure, Notice, Progress } from "../../ui/feedback";
import { Icon } from "../../ui/icons";
import { Card } from "../../ui/page";
import { CameraFaultNotice } from "./camera-fault";

const kFreeMs = 6000;  // length of a clip without a challenge
const oval: Guide = { left: 0.3, right: 0.7, top: 0.12, bottom: 0.88 };

type Phase = "ready" | "asking" | "recording" | "sending";

async function submit(held: Case): Promise<Case> {
  return body(api.POST("/v1/cases/{id}/process", { params: { path: { id: held.id } }, body: {} }));
}

/** What to do now, large; read out when it changes. */
function PromptPanel({ moment, prompts }: { moment: Moment; prompts: number }) {
  const { t } = useTranslation();
  const seconds = Math.ceil(moment.leftMs / 1000);
  const circle = 2 * Math.PI * 16;
  return (
    <div className={moment.action ? "prompt acting" : "prompt"}>
      <PromptPicture action={moment.action} />
      <p className="prompt-text" role="status" aria-live="assertive">
        {moment.action ? t(`challenge.${moment.action}`) : t(moment.done === 0 ? "challenge.ready" : "challenge.ahead")}
      </p>
      <svg className="countdown" viewBox="0 0 40 40" aria-hidden="true">
        <circle cx="20" cy="20" r="16" className="countdown-ground" />
        <circle cx="20" cy="20" r="16" className="countdown-left" strokeDasharray={circle} strokeDashoffset={circle * (1 - moment.left)} transform="rotate(-90 20 20)" />
        <text x="20" y="25" textAnchor="middle">
          {seconds}
        </text>
      </svg>
      <p className="note prompt-count">{prompts > 0 ? t("challenge.count", { done: moment.done, count: prompts }) : ""}</p>
    </div>
  );
}

export function SelfieStep({ held, onChange }: { held: Case; onChange: (held: Case) => void }) {
  const { t } = useTranslation();
  const [phase, setPhase] = useState<Phase>("ready");
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  const [moment, setMoment] = useState<Moment | null>(null);
  const [share, setShare] = useState(0);
  const { video, stream, fault, retry } = useCamera(true, "user", 640, 480);
  const seen = useFraming(video, stream !== null && phase === "ready", oval, false);
  const mode = held.challenge?.mode ?? "off";
  const prompted = mode !== "off";
  const scene = useRef<HTMLDivElement>(null);
  const stopped = useRef(false);
  useEffect(() => {
    stopped.current = false;
    return () => {
      stopped.current = true;
    };
  }, []);

  // On a small screen the prompts would be below its edge.
  useEffect(() => {
    if (phase === "recording") scene.current?.scrollIntoView({ block: "start" });
  }, [phase]);

  const send = useCallback(
    async (clip: Blob, nonce: string | undefined) => {
      setShare(0);
      setPhase("sending");
      const next = await upload(`/v1/cases/${held.id}/selfie`, clip, {
        onProgress: setShare,
        ...(nonce ? { headers: { "X-Challenge-Nonce": nonce } } : {}),
      });
      onChange(await submit(next));
    },
    [held.id, onChange],
  );

  const start = useAction(async () => {
    if (!stream) return;
    try {
      setPhase("asking");
      const drawn = prompted
        ? await postJson<Challenge>(`/v1/cases/${held.id}/challenge`, {})
        : null;
      setChallenge(drawn);
      const script = drawn ?? { prompts: [], length_ms: kFreeMs };
      const recording = record(stream);
      await recording.started;
      const begun = performance.now();
      setPhase("recording");
      await new Promise<void>((resolve) => {
        const tick = () => {
          const elapsed = performance.now() - begun;
          setMoment(momentAt(script, elapsed));
          if (elapsed >= script.length_ms || stopped.current) resolve();
          else window.setTimeout(tick, 50);
        };
        tick();
      });
      const clip = await recording.stop();
      if (stopped.current) return;
      await send(clip, drawn?.nonce);
    } catch (error) {
      setPhase("ready");
      throw error;
    }
  });
  const sendFile = useAction(async (clip: Blob) => {
    try {
      await send(clip, undefined);
    } catch (error) {
      setPhase("ready");
      throw error;
    }
  });
  const again = useAction(async () => onChange(await submit(held)));

  const rules = useMemo(() => (prompted ? (["follow", "wait", "alone"] as const) : (["look", "turn", "alone"] as const)), [prompted]);
  if (phase === "sending")
    return (
      <Card title={t("selfie.sendingTitle")}>
        <Progress label={t("common.uploading")} share={share} />
        <p className="note">{t("selfie.sendingText")}</p>
      </Card>
    );
  return (
    <Card title={t("selfie.title")}>
      {held.state === "selfie" && phase === "ready" && (
        <Notice tone="warn" title={t("selfie.waitingTitle")}>
          <p>{t("selfie.waitingText")}</p>
          <Button isPending={again.busy} onPress={() => void again.run()}>
            {t("selfie.submitAgain")}
          </Button>
        </Notice>
      )}
      <Failure error={start.error ?? sendFile.error ?? again.error} />
      {phase === "ready" && (
        <ul className="needs">
          {rules.map((rule) => (
            <li key={rule}>{t(`selfie.rules.${rule}`)}</li>
          ))}
        </ul>
      )}
      {fault ? (
        <CameraFaultNotice fault={fault} retry={retry} />
      ) : (
        <div ref={scene} className="viewfinder mirror">
          <video ref={video} autoPlay muted playsInline aria-label={t("camera.mirror")} />
          <svg className="guide" viewBox="0 0 400 300" aria-hidden="true">
            <path className="guide-shade" fillRule="evenodd" d="M0 0H400V300H0ZM200 36C152 36 124 84 124 142 124 206 158 264 200 264S276 206 276 142C276 84 248 36 200 36Z" />
            <path className={phase === "recording" ? "side seen" : "side"} fill="none" d="M200 36C152 36 124 84 124 142 124 206 158 264 200 264S276 206 276 142C276 84 248 36 200 36Z" />
          </svg>
          {phase === "recording" && (
            <p className="recording">
              <span aria-hidden="true" />
              {t("selfie.recording")}
            </p>
          )}
        </div>
      )}
      {phase === "recording" && moment ? (
        <PromptPanel moment={moment} prompts={challenge?.prompts.length ?? 0} />
      ) : (
        !fault && (
          <>
            <p className={`advice ${seen?.advice === "good" ? "good" : ""}`} role="status">
              <Icon name={seen?.advice === "good" ? "check" : "info"} size={18} />
              {t(`selfie.advice.${!seen ? "wait" : seen.advice === "brighter" || seen.advice === "darker" ? seen.advice : "good"}`)}
            </p>
            <div className="actions centre">
              <Button look="primary" icon="camera" isDisabled={!seen} isPending={phase === "asking"} onPress={() => void start.run()}>
                {t("selfie.start")}
              </Button>
              {mode !== "required" && (
                <FileTrigger
                  acceptedFileTypes={["video/mp4", "video/webm", "video/quicktime", "video/x-matroska"]}
                  onSelect={(files) => {
                    const chosen = files?.[0];
                    if (chosen) void sendFile.run(chosen);
                  }}
                >
                  <Button icon="upload">{t("selfie.upload")}</Button>
                </FileTrigger>
              )}
            </div>
          </>
        )
      )}
    </Card>
  );
}
