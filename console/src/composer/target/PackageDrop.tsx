import { InboxOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Progress } from "antd";
import { type DragEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { url } from "../../api/client";
import { ApiError } from "../../api/errors";
import { useApplication } from "../../api/products";
import { keys } from "../../api/queries";
import { upload } from "../../api/upload";
import { Trouble } from "../../shell/Loaded";
import { useNumbers } from "../../words/Count";
import styles from "../composer.module.css";
import type { Package, Verdict } from "./packages";
import own from "./target.module.css";
import { VerdictFigures } from "./Verdict";

const PATH = "/apps/{access_id}/packages";

interface Uploading {
  file: File;
  sent: number;
  total: number;
  controller: AbortController;
}

interface Props {
  tokens: boolean;
  onUploaded: (uploaded: Package) => void;
}

/** Drop the file here: the rules beforehand, progress meanwhile, and why not when it is refused. */
export function PackageDrop({ tokens, onUploaded }: Props) {
  const { t } = useTranslation("composer");
  const { access_id: accessId } = useApplication();
  const queries = useQueryClient();
  const [uploading, setUploading] = useState<Uploading | null>(null);
  const [refused, setRefused] = useState<unknown>(null);
  const [over, setOver] = useState(false);
  const going = useRef<AbortController | null>(null);
  useEffect(() => () => going.current?.abort(), []);
  useEffect(refuseStrayDrops, []);

  async function send(file: File) {
    const controller = new AbortController();
    going.current = controller;
    setRefused(null);
    setUploading({ file, sent: 0, total: file.size, controller });
    try {
      const uploaded = await upload<typeof PATH>(url(PATH, { access_id: accessId }, { name: file.name }), file, {
        signal: controller.signal,
        onProgress: (sent, total) => setUploading((now) => now && { ...now, sent, total }),
      });
      queries.setQueryData(keys.of(accessId, "packages", uploaded.package_id), uploaded);
      void queries.invalidateQueries({ queryKey: keys.of(accessId, "packages", "offered") });
      onUploaded(uploaded);
    } catch (error) {
      if (!controller.signal.aborted) setRefused(error);
    } finally {
      if (!controller.signal.aborted || going.current === controller) setUploading(null);
    }
  }

  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) void send(file);
  }

  if (uploading) return <Sending {...uploading} />;
  return (
    <>
      <DropZone tokens={tokens} over={over} onOver={setOver} onDrop={drop} onFile={send} />
      {refused !== null && (
        <div className={styles.inset} role="alert">
          <Trouble error={refused} meanings={{ 429: t("package.tooMany"), 507: t("package.full") }} />
          <RefusedLines error={refused} />
        </div>
      )}
    </>
  );
}

/** A file dropped beside the zone would be opened by the browser, in place of the page. */
function refuseStrayDrops() {
  const refuse = (event: Event) => event.preventDefault();
  window.addEventListener("dragover", refuse);
  window.addEventListener("drop", refuse);
  return () => {
    window.removeEventListener("dragover", refuse);
    window.removeEventListener("drop", refuse);
  };
}

interface ZoneProps {
  tokens: boolean;
  over: boolean;
  onOver: (over: boolean) => void;
  onDrop: (event: DragEvent) => void;
  onFile: (file: File) => void;
}

function DropZone({ tokens, over, onOver, onDrop, onFile }: ZoneProps) {
  const { t } = useTranslation("composer");
  const rules = useId();
  return (
    <label
      className={own.drop}
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        onOver(true);
      }}
      onDragLeave={() => onOver(false)}
      onDrop={onDrop}
    >
      <input
        type="file"
        className="sr-only"
        accept=".txt,.csv,.zip"
        aria-describedby={rules}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          event.target.value = "";
        }}
      />
      <InboxOutlined className={own.dropIcon} />
      <strong>{t("package.drop")}</strong>
      <span id={rules} className="quiet">
        {t(tokens ? "package.tokenRules" : "package.rules")}
      </span>
    </label>
  );
}

function Sending({ file, sent, total, controller }: Uploading) {
  const { t } = useTranslation("composer");
  const numbers = useNumbers();
  const percent = total ? Math.floor((sent / total) * 100) : 0;
  const sizes = { sent: numbers.bytes(sent), total: numbers.bytes(total) };
  return (
    <div className={styles.inset} aria-busy="true">
      <div className={own.packageHead}>
        <div>
          <strong>{file.name}</strong>
          <p className="quiet" role="status">
            {percent < 100 ? t("package.sending", sizes) : t("package.checking")}
          </p>
        </div>
        <Button onClick={() => controller.abort()}>{t("cancel")}</Button>
      </div>
      <Progress percent={percent} status="active" aria-label={t("package.progress")} />
    </div>
  );
}

/** The verdict that comes with a refusal, as far as the file was read. */
function RefusedLines({ error }: { error: unknown }) {
  const body = error instanceof ApiError ? error.body : undefined;
  const verdict = body && typeof body === "object" && "verdict" in body ? (body.verdict as Verdict | null) : null;
  return verdict?.lines ? <VerdictFigures of={verdict} /> : null;
}
