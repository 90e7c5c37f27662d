import { useTranslation } from "react-i18next";

import type { CameraFault } from "../../camera/use-camera";
import { Button } from "../../ui/button";
import { Notice } from "../../ui/feedback";

export function CameraFaultNotice({ fault, retry }: { fault: CameraFault; retry: () => void }) {
  const { t } = useTranslation();
  return (
    <Notice tone="warn" title={t(`camera.fault.${fault}`)}>
      <p>{t(`camera.faultHelp.${fault}`)}</p>
      <Button onPress={retry}>{t("common.tryAgain")}</Button>
    </Notice>
  );
}
