// What a customer's Go program does with TPNS. No registry serves TPNS's own Go libraries, so this is none of them: it
// is their form, written anew. Requests carry every field, zero or not, and answers go into structs, where one member
// of another type than the struct's makes Go give the answer up. The types are those of the public libraries.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

type object = map[string]any

type message struct {
	Title   string   `json:"title"`
	Content string   `json:"content"`
	Android *android `json:"android,omitempty"`
}

type android struct {
	BuilderID     int    `json:"builder_id"`
	BadgeType     int    `json:"badge_type"`
	Ring          int    `json:"ring"`
	RingRaw       string `json:"ring_raw"`
	Vibrate       int    `json:"vibrate"`
	Lights        int    `json:"lights"`
	Clearable     int    `json:"clearable"`
	IconType      int    `json:"icon_type"`
	StyleID       int    `json:"style_id"`
	CustomContent string `json:"custom_content,omitempty"`
	ShowType      int    `json:"show_type"`
	IconColor     uint32 `json:"icon_color"`
}

type pushRequest struct {
	Audience           string   `json:"audience_type"`
	Platform           string   `json:"platform"`
	Message            message  `json:"message"`
	MessageType        string   `json:"message_type"`
	TagRules           []object `json:"tag_rules,omitempty"`
	TokenList          []string `json:"token_list,omitempty"`
	AccountList        []string `json:"account_list,omitempty"`
	Environment        string   `json:"environment"`
	UploadID           int      `json:"upload_id"`
	ExpireTime         int      `json:"expire_time"`
	SendTime           string   `json:"send_time,omitempty"`
	MultiPkg           bool     `json:"multi_pkg"`
	AccountPushType    int      `json:"account_push_type"`
	AccountType        int      `json:"account_type"`
	CollapseID         int      `json:"collapse_id"`
	PushSpeed          int      `json:"push_speed"`
	TPNSOnlinePushType int      `json:"tpns_online_push_type"`
	ForceCollapse      bool     `json:"force_collapse"`
	IgnoreInvalidToken int      `json:"ignore_invalid_token"`
	TraceID            string   `json:"trace_id"`
	LoopParam          *loop    `json:"loop_param,omitempty"`
}

type loop struct {
	StartDate     string   `json:"startDate,omitempty"`
	EndDate       string   `json:"endDate,omitempty"`
	LoopType      int      `json:"loopType"`
	LoopDayIndexs []uint32 `json:"loopDayIndexs,omitempty"`
	DayTimes      []string `json:"DayTimes,omitempty"` // the vendor's capital
}

type pushAnswer struct {
	Seq         int64  `json:"seq"`
	PushID      any    `json:"push_id,omitempty"` // a string, or an array of strings for a loop
	RetCode     int    `json:"ret_code"`
	ErrMsg      string `json:"err_msg,omitempty"`
	Environment string `json:"environment,omitempty"`
	Result      string `json:"result,omitempty"`
}

type uploadAnswer struct {
	RetCode  int    `json:"retCode"`
	ErrMsg   string `json:"errMsg"`
	UploadID int    `json:"uploadId"`
}

type bindAnswer struct {
	RetCode int      `json:"ret_code"`
	ErrMsg  string   `json:"err_msg"`
	Result  []string `json:"result"`
}

type typedAccount struct {
	Account     string `json:"account"`
	AccountType int    `json:"account_type"`
}

type queryAnswer struct {
	RetCode       int      `json:"ret_code"` // the name of the former service, which Go programs still read
	Result        []string `json:"result"`
	AccountTokens []struct {
		Account     string   `json:"account"`
		AccountType int      `json:"account_type"`
		TokenList   []string `json:"token_list"`
	} `json:"account_tokens"`
	TokenAccounts []struct {
		Token       string         `json:"token"`
		AccountList []typedAccount `json:"account_list"`
	} `json:"token_accounts"`
}

type tagAnswer struct {
	Seq     int64  `json:"seq"`
	RetCode int    `json:"ret_code"`
	ErrMsg  string `json:"err_msg"`
	Result  string `json:"result"`
}

type plainAnswer struct {
	RetCode int    `json:"retCode"`
	ErrMsg  string `json:"errMsg"`
}

type recordAnswer struct {
	plainAnswer
	PushRecordData []struct {
		Date       string   `json:"date"`
		PushID     string   `json:"pushId"`
		CreateTime int64    `json:"createTime"`
		Title      string   `json:"title"`
		Status     string   `json:"status"`
		PushType   string   `json:"pushType"`
		ExpireTime int      `json:"expireTime"`
		MultiPkg   bool     `json:"multiPkg"`
		TargetList []string `json:"targetList"`
		CollapseID int64    `json:"collapseID"`
		UploadID   int      `json:"uploadId"`
	} `json:"pushRecordData"`
}

type statisticsAnswer struct {
	plainAnswer
	PushStatDataAll []struct {
		Channel   string           `json:"channel"`
		PushState map[string]int64 `json:"pushState"`
	} `json:"pushStatDataAll"`
}

var (
	url    = os.Getenv("ROCKDOVE_URL")
	tokens = strings.Split(os.Getenv("ROCKDOVE_TOKENS"), ",")
	client = &http.Client{Timeout: 10 * time.Second}
	story  = object{}
)

func main() {
	owns := func(token, account string) object {
		return object{"token": token, "account_list": []typedAccount{{Account: account}}}
	}
	bound := call[bindAnswer]("device/account/batchoperate", object{
		"operator_type": 1, "platform": "android",
		"token_accounts": []object{owns(tokens[0], "user-1"), owns(tokens[1], "user-2")},
	})
	story["bind"] = object{"code": bound.RetCode, "result": bound.Result}

	found := map[string][]string{}
	accounts := []typedAccount{{Account: "user-1"}, {Account: "user-2"}}
	byAccount := call[queryAnswer]("device/account/query", object{"operator_type": 1, "account_list": accounts})
	for _, one := range byAccount.AccountTokens {
		found[one.Account] = one.TokenList
	}
	story["query by account"] = object{"code": byAccount.RetCode, "tokens": found}
	byToken := call[queryAnswer]("device/account/query", object{"operator_type": 2, "token_list": tokens[1:2]})
	story["query by token"] = object{
		"code": byToken.RetCode, "account": byToken.TokenAccounts[0].AccountList[0].Account,
	}
	tagged := call[tagAnswer]("device/tag", object{
		"operator_type": 7, "tag_list": []string{"vip"}, "token_list": []string{tokens[0], tokens[2]},
	})
	story["tag"] = object{"code": tagged.RetCode, "text": tagged.ErrMsg}

	accountPackage := upload("accounts.txt", "user-1\nuser-2\nnobody\n")
	devicePackage := upload("devices.txt", strings.Join(tokens, "\n"))

	item := object{
		"tags": []string{"vip"}, "is_not": false, "tags_operator": "OR", "items_operator": "OR",
		"tag_type": "xg_user_define",
	}
	rule := object{"tag_items": []object{item}, "is_not": false, "operator": "OR"}
	push("all", func(request *pushRequest) {})
	push("tag", func(request *pushRequest) { request.TagRules = []object{rule} })
	push("token", func(request *pushRequest) { request.TokenList = tokens[2:] })
	push("token_list", func(request *pushRequest) { request.TokenList = tokens[1:] })
	push("account", func(request *pushRequest) { request.AccountList = []string{"user-1"} })
	push("account_list", func(request *pushRequest) { request.AccountList = []string{"user-1", "user-2"} })
	push("package_account_push", func(request *pushRequest) { request.UploadID = accountPackage })
	push("package_token_push", func(request *pushRequest) { request.UploadID = devicePackage })
	story["arrived"] = arrived(story["push token"].(object)["push_id"])

	day := os.Getenv("ROCKDOVE_TOMORROW")
	repeated := send("token", func(request *pushRequest) {
		request.TokenList = tokens[:1]
		request.LoopParam = &loop{day, day, 1, []uint32{0}, []string{"09:00:00", "18:00:00"}}
	})
	story["loop"] = repeated.PushID
	later := send("token", func(request *pushRequest) {
		request.TokenList = tokens[:1]
		request.SendTime = day + " 09:00:00"
	})
	id := object{"pushId": later.PushID}
	story["record"] = call[recordAnswer]("statistics/get_push_record", id)
	story["statistics"] = call[statisticsAnswer]("statistics/get_push_task_stat_channel", id)
	story["cancel"] = call[plainAnswer]("push/cancel_timing_task", id)
	story["cancel again"] = call[plainAnswer]("push/cancel_timing_task", id)
	story["stop too late"] = call[plainAnswer]("push/stop_push_msg", id)
	story["stop unknown"] = call[plainAnswer]("push/stop_push_msg", object{"pushId": "1"})

	begun := send("token", func(request *pushRequest) { request.TokenList = tokens[:1] })
	id = object{"pushId": begun.PushID}
	stopped := call[plainAnswer]("push/stop_push_msg", id)
	for looks := 0; looks < 300 && stopped.RetCode != 0; looks++ { // it can be stopped once it has begun
		time.Sleep(100 * time.Millisecond)
		stopped = call[plainAnswer]("push/stop_push_msg", id)
	}
	story["stop"] = stopped
	story["record of stopped"] = call[recordAnswer]("statistics/get_push_record", id)

	refused := send("account", func(request *pushRequest) { request.AccountList = []string{"nobody"} })
	story["no such account"] = refused.RetCode

	text, err := json.Marshal(story)
	must(err)
	fmt.Println(string(text))
}

func push(audience string, target func(*pushRequest)) {
	answer := send(audience, target)
	story["push "+audience] = object{
		"code": answer.RetCode, "text": answer.ErrMsg, "push_id": answer.PushID,
		"seq": answer.Seq, "result": answer.Result, "environment": answer.Environment,
	}
}

// arrived gives the statistics of all channels, once the only phone of the push has confirmed it.
func arrived(pushID any) map[string]int64 {
	var state map[string]int64
	for looks := 0; looks < 300 && state["arrivalUv"] == 0; looks++ {
		time.Sleep(100 * time.Millisecond)
		answer := call[statisticsAnswer]("statistics/get_push_task_stat_channel", object{"pushId": pushID})
		for _, row := range answer.PushStatDataAll {
			if row.Channel == "all" {
				state = row.PushState
			}
		}
	}
	return state
}

func send(audience string, target func(*pushRequest)) pushAnswer {
	request := pushRequest{Audience: audience, MessageType: "notify", ExpireTime: 259200, Message: message{
		Title: "Congrats on winning in the campaign", Content: "Get online to claim your prize!",
		Android: &android{BadgeType: -1, Ring: 1, Vibrate: 1, Lights: 1, Clearable: 1, StyleID: 1, ShowType: 2},
	}}
	target(&request)
	return call[pushAnswer]("push/app", request)
}

func upload(name, lines string) int {
	file := filepath.Join(os.Getenv("ROCKDOVE_FOLDER"), name)
	must(os.WriteFile(file, []byte(lines), 0o644))
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", filepath.Base(file))
	must(err)
	_, err = io.WriteString(part, lines)
	must(err)
	must(form.Close())
	answer := post[uploadAnswer]("push/package/upload", &body, form.FormDataContentType())
	story["upload "+name] = object{"code": answer.RetCode, "id": answer.UploadID}
	return answer.UploadID
}

// call sends no Content-Type, as one of the libraries does.
func call[T any](path string, body any) T {
	text, err := json.Marshal(body)
	must(err)
	return post[T](path, bytes.NewReader(text), "")
}

func post[T any](path string, body io.Reader, contentType string) T {
	request, err := http.NewRequest(http.MethodPost, url+"/v3/"+path, body)
	must(err)
	request.SetBasicAuth(os.Getenv("ROCKDOVE_ACCESS_ID"), os.Getenv("ROCKDOVE_SECRET_KEY"))
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := client.Do(request)
	must(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(err)
	if response.StatusCode != http.StatusOK {
		log.Fatalf("%s: HTTP %d: %s", path, response.StatusCode, text)
	}
	var answer T
	if err := json.Unmarshal(text, &answer); err != nil {
		log.Fatalf("%s: %v: %s", path, err, text)
	}
	return answer
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
