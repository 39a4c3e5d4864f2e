#include "lib/text/prop.h"

#include "fold.inc"
