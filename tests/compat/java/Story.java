// What a customer's program does with TPNS's Java library, from binding to stopping. Reads where and as whom from the
// environment, prints one JSON object: what each call gave, read into the library's own types where it has some.
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tencent.xinge.XingeApp;
import com.tencent.xinge.bean.*;
import com.tencent.xinge.device.account.*;
import com.tencent.xinge.device.tag.*;
import com.tencent.xinge.push.app.*;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.json.JSONObject;

public class Story {
    // The library has types for answers and leaves reading them to its users.
    static final ObjectMapper MAPPER =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
    static final String URL = System.getenv("ROCKDOVE_URL") + "/"; // as TPNS's documentation writes it
    static final String[] TOKENS = System.getenv("ROCKDOVE_TOKENS").split(",");
    static final JSONObject story = new JSONObject();

    public static void main(String[] arguments) throws Exception {
        XingeApp app = app(System.getenv("ROCKDOVE_SECRET_KEY"), false);

        AccountBindRequest bind = new AccountBindRequest();
        bind.setOperatorType(AccountBindOperatorType.BatchAppendAccount);
        bind.setTokenAccounts(list(owns(TOKENS[0], "user-1"), owns(TOKENS[1], "user-2")));
        AccountBindResponse bound = read(app.accountBind(bind), AccountBindResponse.class);
        story.put("bind", new JSONObject().put("code", bound.getRetCode()).put("result", bound.getResult()));

        AccountQueryRequest query = new AccountQueryRequest();
        query.setOperatorType(AccountQueryOperatorType.QueryTokenByAccount);
        query.setAccountList(list(account("user-1"), account("user-2")));
        AccountQueryResponse byAccount = read(app.accountQuery(query), AccountQueryResponse.class);
        JSONObject tokens = new JSONObject();
        for (Account2Tokens found : byAccount.getAccount2Tokens()) tokens.put(found.getAccount(), found.getTokens());
        story.put("query by account", new JSONObject().put("code", byAccount.getRetCode()).put("tokens", tokens));

        query = new AccountQueryRequest();
        query.setOperatorType(AccountQueryOperatorType.QueryAccountByToken);
        query.setTokenList(list(TOKENS[1]));
        AccountQueryResponse byToken = read(app.accountQuery(query), AccountQueryResponse.class);
        AccountTypePair owner = byToken.getTokenAccounts().get(0).getAccountList().get(0);
        story.put("query by token", new JSONObject().put("code", byToken.getRetCode()).put("account", owner.getAccount()));

        DeviceTagRequest tag = new DeviceTagRequest();
        tag.setOperatorType(TagBindOperatorType.ADD_SINGLE_TAG_MULT);
        tag.setTagList(list("vip"));
        tag.setTokenList(list(TOKENS[0], TOKENS[2]));
        DeviceTagResponse tagged = read(app.tagBind(tag), DeviceTagResponse.class);
        story.put("tag", new JSONObject().put("code", tagged.getRet_code()).put("text", tagged.getErr_msg()));

        int accounts = upload(app, "accounts.txt", "user-1\nuser-2\nnobody\n");
        int devices = upload(app, "devices.txt", String.join("\n", TOKENS));

        push(app, AudienceType.all, request -> {});
        push(app, AudienceType.tag, request -> request.setTagRules(list(rule("vip"))));
        push(app, AudienceType.token, request -> request.setToken_list(list(TOKENS[2])));
        push(app, AudienceType.token_list, request -> request.setToken_list(list(TOKENS[1], TOKENS[2])));
        push(app, AudienceType.account, request -> request.setAccount_list(list("user-1")));
        push(app, AudienceType.account_list, request -> request.setAccount_list(list("user-1", "user-2")));
        push(app, AudienceType.package_account_push, request -> request.setUploadId(accounts));
        push(app, AudienceType.package_token_push, request -> request.setUploadId(devices));
        story.put("arrived", arrived(app, story.getJSONObject("push token").getString("push_id")));

        PushAppRequest loop = request(AudienceType.token);
        loop.setToken_list(list(TOKENS[0]));
        LoopParam days = new LoopParam();
        days.setStartDate(System.getenv("ROCKDOVE_TOMORROW"));
        days.setEndDate(System.getenv("ROCKDOVE_TOMORROW"));
        days.setLoopType(LoopType.day);
        days.setLoopDayIndexs(list(0));
        days.setDayTimes(list("09:00:00", "18:00:00"));
        loop.setLoopParam(days);
        story.put("loop", app.pushApp(loop));

        PushAppRequest later = request(AudienceType.token);
        later.setToken_list(list(TOKENS[0]));
        later.setSend_time(System.getenv("ROCKDOVE_TOMORROW") + " 09:00:00");
        PushAppResponse scheduled = read(app.pushApp(later), PushAppResponse.class);
        JSONObject id = new JSONObject().put("pushId", scheduled.getPush_id());
        story.put("record", call(app, "statistics/get_push_record", id));
        story.put("statistics", call(app, "statistics/get_push_task_stat_channel", id));
        story.put("cancel", call(app, "push/cancel_timing_task", id));
        story.put("cancel again", call(app, "push/cancel_timing_task", id));
        story.put("stop too late", call(app, "push/stop_push_msg", id));
        story.put("stop unknown", call(app, "push/stop_push_msg", new JSONObject().put("pushId", "1")));

        PushAppRequest begun = request(AudienceType.token);
        begun.setToken_list(list(TOKENS[0]));
        id = new JSONObject().put("pushId", app.pushApp(begun).getString("push_id"));
        JSONObject stopped = call(app, "push/stop_push_msg", id);
        for (int looks = 0; looks < 300 && stopped.getInt("retCode") != 0; looks++) { // it can be stopped once it has begun
            Thread.sleep(100);
            stopped = call(app, "push/stop_push_msg", id);
        }
        story.put("stop", stopped);
        story.put("record of stopped", call(app, "statistics/get_push_record", id));

        XingeApp signing = app(System.getenv("ROCKDOVE_SECRET_KEY"), true);
        story.put("signed query", signing.accountQuery(query));
        PushAppRequest signed = request(AudienceType.token);
        signed.setToken_list(list(TOKENS[2]));
        story.put("signed push", signing.pushApp(signed));

        PushAppRequest stranger = request(AudienceType.account);
        stranger.setAccount_list(list("nobody"));
        story.put("no such account", app.pushApp(stranger));
        JSONObject refused = app("0".repeat(32), false).pushApp(request(AudienceType.all));
        story.put("wrong key", refused == null ? JSONObject.NULL : refused);

        System.out.println(story);
    }

    static XingeApp app(String secretKey, boolean signs) {
        return new XingeApp.Builder().appId(System.getenv("ROCKDOVE_ACCESS_ID")).secretKey(secretKey)
                .domainUrl(URL).useSignAuth(signs).build();
    }

    static int upload(XingeApp app, String name, String lines) throws Exception {
        Path file = Files.writeString(Path.of(System.getenv("ROCKDOVE_FOLDER"), name), lines);
        UploadPushFileResponse answer = app.Upload(file.toString());
        story.put("upload " + name, new JSONObject().put("code", answer.getRetCode()).put("id", answer.getUploadId()));
        return answer.getUploadId();
    }

    static void push(XingeApp app, AudienceType audience, Consumer<PushAppRequest> target) throws Exception {
        PushAppRequest request = request(audience);
        request.setSeq(7);
        target.accept(request);
        PushAppResponse answer = read(app.pushApp(request), PushAppResponse.class);
        JSONObject told = new JSONObject().put("code", answer.getRet_code()).put("text", answer.getErr_msg())
                .put("push_id", answer.getPush_id()).put("seq", answer.getSeq()).put("result", answer.getResult())
                .put("environment", answer.getEnvironment().getName());
        story.put("push " + audience.getName(), told);
    }

    static PushAppRequest request(AudienceType audience) {
        Message message = new Message();
        message.setTitle("Congrats on winning in the campaign");
        message.setContent("Get online to claim your prize!");
        message.setAndroid(new MessageAndroid());
        PushAppRequest request = new PushAppRequest();
        request.setAudience_type(audience);
        request.setMessage_type(MessageType.notify);
        request.setMessage(message);
        return request;
    }

    // The statistics of all channels, once the only phone of the push has confirmed it.
    static JSONObject arrived(XingeApp app, String pushId) throws Exception {
        JSONObject state = new JSONObject();
        for (int looks = 0; looks < 300 && state.optInt("arrivalUv") == 0; looks++) {
            Thread.sleep(100);
            JSONObject answer = call(app, "statistics/get_push_task_stat_channel", new JSONObject().put("pushId", pushId));
            for (Object row : answer.getJSONArray("pushStatDataAll")) {
                JSONObject channel = (JSONObject) row;
                if (channel.getString("channel").equals("all")) state = channel.getJSONObject("pushState");
            }
        }
        return state;
    }

    static JSONObject call(XingeApp app, String path, JSONObject body) {
        return app.CallRestful(URL + "v3/" + path, body.toString());
    }

    static <T> T read(JSONObject answer, Class<T> type) throws Exception {
        return MAPPER.readValue(answer.toString(), type);
    }

    static TokenAccountsPair owns(String token, String name) {
        TokenAccountsPair pair = new TokenAccountsPair();
        pair.setToken(token);
        pair.setAccountList(list(account(name)));
        return pair;
    }

    static AccountTypePair account(String name) {
        AccountTypePair pair = new AccountTypePair();
        pair.setAccount(name);
        pair.setAccountType(AccountType.unknown.getType());
        return pair;
    }

    static TagRule rule(String tag) {
        TagItem item = new TagItem();
        item.setTags(list(tag));
        item.setTagsOperator(OpType.OR);
        item.setItemsOperator(OpType.OR);
        item.setTagType("xg_user_define");
        TagRule rule = new TagRule();
        rule.setTagItems(list(item));
        rule.setOperator(OpType.OR);
        return rule;
    }

    @SafeVarargs
    static <T> ArrayList<T> list(T... items) {
        return new ArrayList<>(List.of(items));
    }
}
