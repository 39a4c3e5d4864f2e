#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/text/edge.h"

static void words_stand_free(void **state)
{
    (void)state;
    static const struct {
        const char *view, *word;
        bool free;
    } cases[] = {
        {"fee", "fee", true},
        {"the fee!", "fee", true},
        {"coffee", "fee", false},
        {"feed", "fee", false},
        {"fee1", "fee", false},
        {"1fee", "fee", false},
        {"_fee_", "fee", true},
        {"快递fee到", "fee", true}, /* another script */
        {"fée", "f", false},
        {"feeпривет", "fee", true},
        {"привет", "при", false},
        {"到付快递单", "快递", true}, /* no edge rule in Han */
        {"1快递2", "快递", true},
        {"ab快递c", "b快递", false}, /* one end Latin */
        {"a b快递c", "b快递", true},
        {"ガイド", "イ", true},
        {"サーバー", "ー", true}, /* the sound mark is kana */
        {"대출상담", "출상", true},
        {"สินเชื่อด่วน", "เชื่อ", true},
        {"ຂອງຂວັນ", "ຂອງ", true},
        {"ឥឡូវនេះ", "ឡូវ", true},
        {"ငွေကြေး", "ကြေး", true},
        {"x\xcc\x81 y", "x", false}, /* a mark beside */
        {"call 110", "110", true},
        {"call 1100", "110", false},
        {"call a110b", "110", true}, /* letters are of no digit's script */
        {"١١", "١", false},
        {"50% off", "50%", true},
        {"ربح", "رب", false},
        {"מבצע", "מבצע", true},
        {"½fee", "fee", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *at = strstr(cases[i].view, cases[i].word);
        size_t begin = (size_t)(at - cases[i].view);
        bool got = rf_text_word_edges(rf_str_of(cases[i].view), begin,
                                      begin + strlen(cases[i].word));
        if (got != cases[i].free)
            fail_msg("'%s' in '%s': %d", cases[i].word, cases[i].view, got);
    }
    assert_false(rf_text_word_edges(RF_STR("a"), 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_stand_free)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
