// The document: from the camera, with live help to frame it, or as a file.

import { useEffect, useMemo, useState } from "react";
import { FileTrigger, Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";

import { upload, type Case } from "../../api/client";
import type { Guide } from "../../camera/framing";
import { useCamera } from "../../camera/use-camera";
import { useFraming } from "../../camera/use-framing";
import { useAction } from "../../ui/action";
import { Button } from "../../ui/button";
import { Failure, Progress } from "../../ui/feedback";
import { Icon } from "../../ui/icons";
import { Card } from "../../ui/page";
import { CameraFaultNotice } from "./camera-fault";

type Format = "card" | "passport";

// Width by height in millimetres: ID-1 and ID-3 of ISO/IEC 7810.
const sizes: Record<Format, [number, number]> = { card: [85.6, 54], passport: [125, 88] };
const kPicture = { width: 1920, height: 1080 };

function guideFor(format: Format, pictureRatio: number): Guide {
  const ratio = sizes[format][0] / sizes[format][1] / pictureRatio;  // height 1 -> this width, as shares
  const height = Math.min(0.78, 0.84 / ratio);
  const width = height * ratio;
  return { left: (1 - width) / 2, right: (1 + width) / 2, top: (1 - height) / 2, bottom: (1 + height) / 2 };
}

function Capture({ onTaken }: { onTaken: (picture: Blob) => void }) {
  const { t } = useTranslation();
  const [format, setFormat] = useState<Format>("card");
  const { video, stream, fault, retry } = useCamera(true, "environment", kPicture.width, kPicture.height);
  const [ratio, setRatio] = useState(kPicture.width / kPicture.height);
  const guide = useMemo(() => guideFor(format, ratio), [format, ratio]);
  const seen = useFraming(video, stream !== null, guide, true);

  async function take() {
    const source = video.current;
    if (!source) return;
    const canvas = document.createElement("canvas");
    canvas.width = source.videoWidth;
    canvas.height = source.videoHeight;
    canvas.getContext("2d")?.drawImage(source, 0, 0);
    const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
    if (picture) onTaken(picture);
  }

  if (fault) return <CameraFaultNotice fault={fault} retry={retry} />;
  const sides = seen?.framing.sides;
  const box = { x: guide.left * 1000, y: (guide.top * 1000) / ratio, w: (guide.right - guide.left) * 1000, h: ((guide.bottom - guide.top) * 1000) / ratio };
  return (
    <>
      <div className="segments" role="group" aria-label={t("document.format")}>
        {(["card", "passport"] as const).map((each) => (
          <Button key={each} look="quiet" aria-pressed={format === each} onPress={() => setFormat(each)}>
            {t(`document.${each}`)}
          </Button>
        ))}
      </div>
      <div className="viewfinder">
        <video
          ref={video}
          autoPlay
          muted
          playsInline
          aria-label={t("camera.picture")}
          onLoadedMetadata={(event) => setRatio(event.currentTarget.videoWidth / event.currentTarget.videoHeight)}
        />
        <svg className="guide" viewBox={`0 0 1000 ${1000 / ratio}`} aria-hidden="true">
          <path
            className="guide-shade"
            fillRule="evenodd"
            d={`M0 0H1000V${1000 / ratio}H0ZM${box.x} ${box.y}v${box.h}h${box.w}v${-box.h}Z`}
          />
          <line className={sides?.top ? "side seen" : "side"} x1={box.x} x2={box.x + box.w} y1={box.y} y2={box.y} />
          <line className={sides?.bottom ? "side seen" : "side"} x1={box.x} x2={box.x + box.w} y1={box.y + box.h} y2={box.y + box.h} />
          <line className={sides?.left ? "side seen" : "side"} x1={box.x} x2={box.x} y1={box.y} y2={box.y + box.h} />
          <line className={sides?.right ? "side seen" : "side"} x1={box.x + box.w} x2={box.x + box.w} y1={box.y} y2={box.y + box.h} />
        </svg>
      </div>
      <p className={`advice ${seen?.advice === "good" ? "good" : ""}`} role="status">
        <Icon name={seen?.advice === "good" ? "check" : "info"} size={18} />
        {t(`document.advice.${seen?.advice ?? "wait"}`)}
      </p>
      <div className="actions centre">
        <Button look="primary" icon="camera" isDisabled={!seen} onPress={() => void take()}>
          {t("document.take")}
        </Button>
      </div>
    </>
  );
}

export function DocumentStep({ held, onChange }: { held: Case; onChange: (held: Case) => void }) {
  const { t } = useTranslation();
  const [picture, setPicture] = useState<Blob | null>(null);
  const [share, setShare] = useState(0);
  const address = useMemo(() => (picture ? URL.createObjectURL(picture) : ""), [picture]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  const send = useAction(async () => {
    setShare(0);
    onChange(await upload(`/v1/cases/${held.id}/document`, picture!, { onProgress: setShare }));
  });

  if (picture)
    return (
      <Card title={t("document.checkTitle")}>
        <p>{t("document.checkText")}</p>
        <img className="taken" src={address} alt={t("document.taken")} />
        <Failure error={send.error} />
        {send.busy && <Progress label={t("common.uploading")} share={share} />}
        <div className="actions">
          <Button look="primary" isPending={send.busy} onPress={() => void send.run()}>
            {t("document.use")}
          </Button>
          <Button
            isDisabled={send.busy}
            onPress={() => {
              send.clear();
              setPicture(null);
            }}
          >
            {t("document.again")}
          </Button>
        </div>
      </Card>
    );
  return (
    <Card title={t("document.title")}>
      <p>{t("document.text")}</p>
      <Tabs className="tabs">
        <TabList aria-label={t("document.ways")}>
          <Tab id="camera">{t("document.byCamera")}</Tab>
          <Tab id="file">{t("document.byFile")}</Tab>
        </TabList>
        <TabPanel id="camera">
          <Capture onTaken={setPicture} />
        </TabPanel>
        <TabPanel id="file">
          <div className="drop">
            <Icon name="upload" size={28} />
            <p>{t("document.fileText")}</p>
            <FileTrigger
              acceptedFileTypes={["image/jpeg", "image/png", "image/webp", "image/bmp"]}
              onSelect={(files) => {
                const chosen = files?.[0];
                if (chosen) setPicture(chosen);
              }}
            >
              <Button look="primary">{t("document.choose")}</Button>
            </FileTrigger>
          </div>
        </TabPanel>
      </Tabs>
    </Card>
  );
}
