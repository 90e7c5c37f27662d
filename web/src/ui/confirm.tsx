// A question before something that can not be undone.

import { useState, type ReactNode } from "react";
import { Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";

import { Button } from "./button";
import { Failure } from "./feedback";
import type { IconName } from "./icons";

export function Confirm(props: {
  /** The button that opens the question. */
  label: string;
  icon?: IconName;
  look?: "secondary" | "quiet" | "danger";
  title: string;
  children: ReactNode;
  confirm: string;
  onConfirm: () => Promise<void>;
}) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [open, setOpen] = useState(false);

  async function confirm() {
    setBusy(true);
    setFailure(null);
    try {
      await props.onConfirm();
      setOpen(false);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <DialogTrigger
      isOpen={open}
      onOpenChange={(now) => {
        setFailure(null);
        setOpen(now);
      }}
    >
      <Button look={props.look ?? "secondary"} {...(props.icon ? { icon: props.icon } : {})}>
        {props.label}
      </Button>
      <ModalOverlay className="overlay" isDismissable>
        <Modal className="modal">
          <Dialog role="alertdialog" className="dialog">
            <Heading slot="title">{props.title}</Heading>
            <div className="dialog-body">{props.children}</div>
            <Failure error={failure} />
            <div className="actions end">
              <Button look="secondary" onPress={() => setOpen(false)}>
                {t("common.cancel")}
              </Button>
              <Button look="danger" onPress={() => void confirm()} isPending={busy}>
                {props.confirm}
              </Button>
            </div>
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}
