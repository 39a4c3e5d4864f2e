#!/usr/bin/python3
"""Write sample traffic for a first look: SMS, calls and visits of half an hour, one JSON object a
line, always the same.

    tests/sample.py [--ordinary N] > sample.ndjson

All texts, numbers and hosts are invented.  Most records are ordinary; between them are frauds of
many kinds and the bursts that the behavior rules of rules/ look for.  Records are in the order of
their `ts`, which begins at 2026-01-01T00:00:00Z.
"""
import argparse
import json
import random
import sys

EPOCH_MS = 1767225600000
SPAN_MS = 30 * 60 * 1000
GRIDS = ["330106-%03d" % n for n in range(1, 9)]
CELLS = ["460-00-2101-%d" % n for n in range(11, 31)]

ORDINARY_TEXTS = [
    "晚上一起吃饭吗？我六点下班", "妈，我到家了，周末回来看你", "会议改到三点，二楼会议室",
    "您的快递已到驿站，取件码 {a}-{b}，请及时领取。", "【银行】您尾号{c}的储蓄卡支出{d}元，余额{e}元。",
    "验证码{f}，5分钟内有效，请勿告诉任何人。", "明天下雨，记得带伞", "作业写完了吗？老师说周五交",
    "Running ten minutes late, start without me", "Happy birthday! See you on Saturday",
    "Your verification code is {f}. Never share it with anyone.",
    "Your parcel arrives today between 2 and 4 pm. Track: https://www.dhl.com/t/{f}",
    "Can you pick up milk on your way home?", "The train is delayed, I call you from the station",
    "Lunch at noon? The usual place", "尊敬的用户，您本月账单{d}元，感谢使用。",
]
FRAUD_TEXTS = [
    "尊敬的建行用户：您的账户积分已满{e}分，可兑换{d}元现金，请登录 ccb-jf{b}.example 领取，逾期失效",
    "【中国邮政】您的包裹因地址有误无法派送，请点击 http://post-up{b}.example/{f} 更新地址",
    "【ETC】您的ETC卡已停用，请点击 http://etc-rz{b}.example 重新认证",
    "招聘网络兼职，一部手机即可，点赞员每单{b}元，日结，加微信 jz{f}",
    "操盘手建群，每日公布涨停牛股，不收费，人满即封，加微信 gp{f} 验证",
    "您好，我公司可优惠代开各行业发票，验证后付款，联系电话1380000{c} 张经理",
    "新会员注册送彩金{b}8元，百家乐、时时彩、捕鱼，首存翻倍，登录 vip{b}.bet.example",
    "【公安局】您名下银行卡涉嫌洗钱案，将被冻结，请立即致电李警官 010-6666{c} 配合调查",
    "妈，我手机掉水里了，这是老师的手机，学费打到这个账号，户名李某，我不方便接电话",
    "Royal Mail: your parcel is held at our depot. Pay the £1.{b}5 shipping fee: https://rm-fees.example/{f}",
    "NatWest: a new payee was added. If this was not you, cancel here: https://nw-cancel.example/{f}",
    "HMRC: you are eligible for a tax refund of £{d}.40. Claim here: http://hmrc-claims.example/{f}",
    "Hi mum, I dropped my phone, this is my new number. Message me on WhatsApp: +44 7700 90{c}",
    "URGENT! You have won a guaranteed £{d} prize. To claim call 09061 000 {b}11 from a landline",
    "Join our crypto trading group, guaranteed 30% profit every week. Telegram: https://t{b}.example/j",
    "SunPass: you have an outstanding toll of $6.99. Settle today to avoid late fees: https://sp{b}.example/t",
]
ADVERTS = [
    "女神节全场五折起，满200减50，仅限三天，抢购热线010-6666{c}，退订回T",
    "您好，专业办理无抵押信用贷款，利息低，当天放款，有需要请致电1380000{c}王经理",
    "湖景洋房盛大开盘，首付{b}万起，到访有礼，名额有限，详询010-6666{c}",
    "Want a new video phone with half price line rental? Call 0800 000 {c} now for free delivery",
]
ROBOCALLS = [
    "这里是国际快递最后语音通知，您有一份快件无人签收，查询请按9",
    "Your social security number has been suspended due to suspicious activity. Press 1 to speak "
    "with a federal officer.",
    "A pre-authorized purchase of 999 dollars was ordered from your Amazon account. To cancel your "
    "order press 1.",
]
ORDINARY_HOSTS = ["www.rfc-editor.org", "news.example.org", "www.weather.example.net",
                  "mail.example.com", "cdn.video.example.org", "www.10086.cn", "map.example.net"]
BAD_HOSTS = ["pay.parcel-redelivery.example", "www.icbc-wap.example", "apk-download.example",
             "m.lucky-casino.example", "usps-redelivery.example", "www.paypal.com.sign-in.example"]


class Traffic:
    """Collects records; every draw comes from one seeded generator."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.records = []

    def add(self, at_ms, kind, **fields):
        self.records.append((at_ms, dict(kind=kind, **fields)))

    def moment(self):
        return self.random.randrange(SPAN_MS)

    def home_mobile(self):
        return "+86139%08d" % self.random.randrange(10 ** 8)

    def text(self, templates):
        draw = self.random.randrange
        return self.random.choice(templates).format(
            a=draw(1, 9), b=draw(1, 9), c="%04d" % draw(10 ** 4), d=draw(100, 999),
            e=draw(1000, 9999), f="%06d" % draw(10 ** 6))

    def sms(self, at_ms, templates, **fields):
        fields.setdefault("from", self.home_mobile())
        fields.setdefault("to", self.home_mobile())
        self.add(at_ms, "sms", text=self.text(templates), **fields)

    def call(self, at_ms, caller, called, ring=8, duration=60, **fields):
        """One call: attempt and release, so that rules for both see it."""
        self.serial = getattr(self, "serial", 0) + 1
        fields.update({"from": caller, "to": called, "call": "c%d" % self.serial})
        self.add(at_ms, "call", event="attempt", **fields)
        end_ms = at_ms + int(1000 * (ring + duration))
        self.add(end_ms, "call", event="release", ring=ring, duration=duration, **fields)


def ordinary(t, count):
    for _ in range(count):
        kind = t.random.choice(["sms", "sms", "call", "visit", "visit"])
        grid, cell = t.random.choice(GRIDS), t.random.choice(CELLS)
        if kind == "sms":
            t.sms(t.moment(), ORDINARY_TEXTS, grid=grid, ingress="onnet")
        elif kind == "call":
            t.call(t.moment(), t.home_mobile(), t.home_mobile(), ring=t.random.randrange(3, 25),
                   duration=t.random.randrange(20, 400), cell=cell, ingress="onnet")
        else:
            t.add(t.moment(), "visit", **{"from": t.home_mobile(), "grid": grid, "source": "sni",
                                          "host": t.random.choice(ORDINARY_HOSTS)})


def fraud_texts(t):
    for _ in range(260):
        t.sms(t.moment(), FRAUD_TEXTS, grid=t.random.choice(GRIDS), ingress="national")
    for _ in range(90):
        t.sms(t.moment(), ADVERTS, grid=t.random.choice(GRIDS), ingress="a2p")
    for _ in range(40):
        t.call(t.moment(), "+1202555%04d" % t.random.randrange(100, 200), t.home_mobile(),
               text=t.random.choice(ROBOCALLS), ingress="international")


def grid_burst(t):
    """A fake base station drives through one grid."""
    for n in range(30):
        t.sms(300000 + 9000 * n, FRAUD_TEXTS[:1], grid="330106-099", ingress="national")


def sms_bursts(t):
    victim = "+8613800138001"
    for n in range(25):  # SMS bombing
        t.sms(400000 + 7000 * n, ["验证码{f}，5分钟内有效。"], to=victim, **{"from": "SHOP%02d" % n})
    for n in range(70):  # OTP pumping on a number block
        t.sms(600000 + 4000 * n, ["Your code is {f}"], to="+861370013%04d" % (7 * n),
              **{"from": "BRAND"})
    for n in range(45):  # snowshoe: one domain, many senders
        t.sms(700000 + 8000 * n, ["Photos of last night: https://p{b}.snow-album.example/{f}"])
    for n in range(40):  # one mobile broadcasts links
        t.sms(900000 + 5000 * n, ["New shop in town, see https://shop.example/{f}"],
              **{"from": "+8613900000042"})


def call_bursts(t):
    wangiri = "+2392221234"
    for n in range(35):  # one-ring bait, its next calls, and call-backs
        t.call(200000 + 6000 * n, wangiri, "+86136%08d" % (1000 + n), ring=1, duration=0,
               ingress="international")
    for n in range(6):
        t.call(500000 + 20000 * n, "+86136%08d" % (1003 + n), wangiri, leg="orig")
    for n in range(16):  # revenue share fraud
        t.call(650000 + 30000 * n, "+8613900000077", "+25261234%03d" % n, duration=20, leg="orig")
    for n in range(28):  # sequential dialing
        t.call(100000 + 12000 * n, "+861066660001", "+86138001380%02d" % n, ring=5, duration=0)
    for n in range(9):  # SIM box: one device, many cards
        t.call(1000000 + 15000 * n, "+8613500000%03d" % n, t.home_mobile(), leg="orig",
               imei="350000000000001", imsi="46000000000000%d" % n, cell=CELLS[0])
    for n in range(24):  # short calls of a dialer, then its next calls
        t.call(800000 + 10000 * n, "+861066660002", t.home_mobile(), ring=4, duration=3)


def spoofed_calls(t):
    for n in range(20):
        called = "+8613800%06d" % t.random.randrange(10 ** 6)
        caller = t.random.choice(["110", "95588", "+861066660000", called[:-4] + "0000",
                                  "+8613900009999"])
        t.call(t.moment(), caller, called, ingress="international", roaming=False)


def visits(t):
    for _ in range(60):
        t.add(t.moment(), "visit", **{"from": t.home_mobile(), "host": t.random.choice(BAD_HOSTS),
                                      "source": "dns"})
    for n in range(12):  # the visit after the message
        who = "+86137000000%02d" % n
        t.sms(1200000 + 1000 * n, FRAUD_TEXTS[9:10], to=who)
        t.add(1260000 + 1000 * n, "visit", url="https://rm-fees.example/card", **{"from": who})
    t.call(1300000, "+12025550143", "+8613700000050")
    t.add(1400000, "visit", host="download.anydesk.com", **{"from": "+8613700000050"})


def main():
    usage = argparse.ArgumentParser(description="sample traffic as NDJSON on stdout")
    usage.add_argument("--ordinary", type=int, default=2400, help="ordinary events (default 2400)")
    args = usage.parse_args()
    t = Traffic(7)
    ordinary(t, args.ordinary)
    for part in (fraud_texts, grid_burst, sms_bursts, call_bursts, spoofed_calls, visits):
        part(t)
    t.records.sort(key=lambda r: r[0])
    for n, (at_ms, fields) in enumerate(t.records):
        line = {"id": "s-%05d" % n, "kind": fields.pop("kind"), "ts": EPOCH_MS + at_ms, **fields}
        sys.stdout.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
