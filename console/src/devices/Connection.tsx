import { LoadingOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { useApplication } from "../api/products";
import { useWords } from "../shell/useWords";
import { useConnection } from "./queries";

/** Is the device connected at this moment? Asked apart, for it takes half a second. */
export function Connection({ token }: { token: string }) {
  const { t } = useTranslation("devices");
  const { access_id } = useApplication();
  const words = useWords();
  const query = useConnection(access_id, token);
  if (query.isPending)
    return (
      <span className="quiet" aria-busy="true">
        <LoadingOutlined /> {t("connection.asking")}
      </span>
    );
  if (query.isError) return <span>{words(query.error)}</span>;
  const { connected } = query.data;
  return <span>{t(connected ? "connection.yes" : connected === null ? "connection.unknown" : "connection.no")}</span>;
}
