// A clip of the camera's picture, as MediaRecorder makes it.

const kTypes = ["video/webm;codecs=vp8", "video/webm;codecs=vp9", "video/webm", "video/mp4"];

export interface Recording {
  /** Resolves when the first frame is being recorded: times of prompts count from here. */
  started: Promise<void>;
  /** Ends the clip and gives it. */
  stop: () => Promise<Blob>;
}

export function record(stream: MediaStream): Recording {
  const mimeType = kTypes.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { ...(mimeType ? { mimeType } : {}), videoBitsPerSecond: 4_000_000 });
  const pieces: Blob[] = [];
  recorder.ondataavailable = (event) => {
    if (event.data.size > 0) pieces.push(event.data);
  };
  const finished = new Promise<Blob>((resolve, reject) => {
    recorder.onstop = () => resolve(new Blob(pieces, { type: recorder.mimeType || mimeType || "video/webm" }));
    recorder.onerror = () => reject(new Error("recording failed"));
  });
  const started = new Promise<void>((resolve) => {
    recorder.onstart = () => resolve();
  });
  recorder.start(1000);
  return {
    started,
    stop() {
      if (recorder.state !== "inactive") recorder.stop();
      return finished;
    },
  };
}
