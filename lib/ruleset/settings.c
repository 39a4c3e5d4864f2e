#include "lib/ruleset/settings.h"

void rf_settings_default(struct rf_settings *s)
{
    static const struct rf_str numbers[] = {{"96110", 5}, {"12381", 5}};
    *s = (struct rf_settings){
        .on_error = RF_ALLOW,
        .on_late = RF_ALLOW,
        .early_ms = 5 * 60 * 1000,
        .late_ms = 60 * 60 * 1000,
        .max_line = 64 * 1024,
        .warn_score = 5000,
        .block_score = 10000,
        .mode = RF_MODE_ENFORCE,
        .country = RF_STR("CN"),
        .timezone = RF_STR("Asia/Shanghai"),
        .language = RF_STR("zh"),
        .protected_numbers = numbers,
        .nprotected = 2,
        .protected_from = 1u << RF_INGRESS_ONNET,
        .redress = {"", 0},
    };
}
