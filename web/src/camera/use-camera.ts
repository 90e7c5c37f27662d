import { useCallback, useEffect, useRef, useState } from "react";

export type CameraFault = "insecure" | "denied" | "none" | "busy" | "other";

function faultOf(error: unknown): CameraFault {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "none";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "other";
}

/** A camera that runs while the component is shown and `on`; the picture goes into the video element of the ref. */
export function useCamera(on: boolean, facing: "user" | "environment", width: number, height: number) {
  const video = useRef<HTMLVideoElement>(null);
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [fault, setFault] = useState<CameraFault | null>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    if (!on) return;
    let over = false;
    let opened: MediaStream | null = null;
    setFault(null);
    if (!navigator.mediaDevices?.getUserMedia) {
      setFault("insecure");  // browsers offer cameras to HTTPS and to this machine only
      return;
    }
    navigator.mediaDevices
      .getUserMedia({
        audio: false,
        video: { facingMode: { ideal: facing }, width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30 } },
      })
      .then((got) => {
        if (over) return got.getTracks().forEach((track) => track.stop());
        opened = got;
        setStream(got);
      })
      .catch((error: unknown) => {
        if (!over) setFault(faultOf(error));
      });
    return () => {
      over = true;
      opened?.getTracks().forEach((track) => track.stop());
      setStream(null);
    };
  }, [on, facing, width, height, attempt]);

  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);

  return { video, stream, fault, retry: useCallback(() => setAttempt((n) => n + 1), []) };
}
