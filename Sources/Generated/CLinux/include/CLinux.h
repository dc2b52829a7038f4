#ifndef CLINUX_H
#define CLINUX_H
#include <stdint.h>
#include "CLinuxSpawn.h"
#include "CLinuxPolling.h"
#endif
