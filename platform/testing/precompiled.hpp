// The slim headers of the product and GoogleTest's, compiled once for all test programs.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/base/precompiled.hpp"
