#include "lib/ruleset/fraud_type.h"

#define T(id, en, zh)                                                                    \
    {                                                                                    \
        RF_STR_INIT(id), RF_STR_INIT(en), RF_STR_INIT(zh)                                \
    }
#define RF_STR_INIT(s)                                                                   \
    {                                                                                    \
        (s), sizeof(s) - 1                                                               \
    }

static const struct rf_fraud_type table[] = {
    T("advance-fee/inheritance", "Inheritance advance fee", "虚假遗产预付费诈骗"),
    T("advance-fee/loan", "Loan advance fee", "虚假贷款预付费诈骗"),
    T("advance-fee/prize", "Prize advance fee", "虚假中奖诈骗"),
    T("charity/fake", "Fake charity", "虚假募捐诈骗"),
    T("extortion/threat", "Extortion and threats", "敲诈勒索"),
    T("flood/burst", "Traffic burst", "异常流量突增"),
    T("flood/otp-pumping", "OTP pumping", "验证码刷量"),
    T("flood/sms-bombing", "SMS bombing", "短信轰炸"),
    T("gambling/online", "Online gambling", "网络赌博"),
    T("illegal/documents", "Forged documents and certificates", "伪造证件"),
    T("illegal/goods", "Illegal goods", "违禁品销售"),
    T("illegal/invoice", "Invoice trading", "虚开发票"),
    T("illegal/loan", "Illegal lending", "非法放贷"),
    T("illegal/service", "Illegal services", "非法服务"),
    T("impersonation/bank", "Bank impersonation", "冒充银行诈骗"),
    T("impersonation/customer-service", "Customer service impersonation", "冒充客服诈骗"),
    T("impersonation/employer", "Employer or superior impersonation", "冒充领导诈骗"),
    T("impersonation/family", "Family emergency", "冒充亲友诈骗"),
    T("impersonation/government", "Government impersonation", "冒充政府机关诈骗"),
    T("impersonation/logistics", "Parcel and courier impersonation", "冒充物流快递诈骗"),
    T("impersonation/merchant", "Merchant impersonation", "冒充电商商家诈骗"),
    T("impersonation/police", "Police and court impersonation", "冒充公检法诈骗"),
    T("impersonation/tax", "Tax authority impersonation", "冒充税务机关诈骗"),
    T("impersonation/telecom", "Carrier impersonation", "冒充运营商诈骗"),
    T("impersonation/toll", "Road toll impersonation", "冒充ETC通行费诈骗"),
    T("investment/crypto", "Crypto investment", "虚拟货币投资诈骗"),
    T("investment/other", "Investment", "虚假投资理财诈骗"),
    T("investment/stock", "Stock tips", "荐股诈骗"),
    T("job/offer", "Fake job offer", "虚假招聘诈骗"),
    T("job/task", "Task and order brushing", "刷单返利诈骗"),
    T("malware/link", "Link to malware", "恶意软件链接"),
    T("phishing/account", "Account phishing", "账号钓鱼"),
    T("phishing/link", "Phishing link", "钓鱼链接"),
    T("phishing/otp", "Verification code theft", "骗取验证码"),
    T("premium-rate/callback", "Premium-rate call-back", "诱导回拨高额话费"),
    T("premium-rate/subscription", "Premium-rate subscription", "诱导订购扣费"),
    T("refund/fake", "Fake refund", "虚假退款诈骗"),
    T("romance/scam", "Romance scam", "婚恋交友诈骗"),
    T("spam/advertising", "Unsolicited advertising", "垃圾广告"),
    T("telephony/dialer", "Automatic or sequential dialing", "自动拨号骚扰"),
    T("telephony/irsf", "International revenue share fraud", "国际收入分成欺诈"),
    T("telephony/one-ring", "One-ring call-back bait", "响一声电话"),
    T("telephony/robocall", "Robocall", "语音机器人骚扰电话"),
    T("telephony/sim-box", "SIM box bypass", "SIM盒落地欺诈"),
    T("telephony/spoofing", "Caller id spoofing", "改号伪冒来电"),
    T("web/lookalike", "Look-alike site", "仿冒网站"),
    T("web/malware", "Malware site", "恶意软件网站"),
    T("web/phishing", "Phishing site", "钓鱼网站"),
};

const struct rf_fraud_type *rf_fraud_types(size_t *n)
{
    *n = sizeof table / sizeof *table;
    return table;
}
