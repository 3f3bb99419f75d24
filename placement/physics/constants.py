"""Constants of nature and of the Earth, each with its source."""

EARTH_RADIUS_KM = 6378.137  # equatorial, WGS 84
EARTH_MEAN_RADIUS_KM = 6371.0088  # IUGG mean radius, for distances along the ground
EARTH_MU_KM3_S2 = 398600.4418  # gravitational parameter, WGS 84 / EGM96
EARTH_J2 = 1.08262668e-3  # second zonal harmonic, EGM96
EARTH_J3 = -2.53266e-6  # third zonal harmonic, EGM96
EARTH_FLATTENING = 1 / 298.257223563  # WGS 84
TROPICAL_YEAR_DAYS = 365.2421897  # mean tropical year, epoch 2000
SPEED_OF_LIGHT_KM_S = 299792.458  # exact, SI

SUN_RATE_RAD_S = 2 * 3.141592653589793 / (TROPICAL_YEAR_DAYS * 86400)
"""Mean motion of the Sun along the equator, rad/s; the node of a Sun-synchronous orbit turns at this rate."""

STEFAN_BOLTZMANN_W_M2_K4 = 5.670374419e-8  # exact to the digits shown, CODATA 2018
ZERO_CELSIUS_K = 273.15  # exact, SI

SOLAR_CONSTANT_W_M2 = 1361.0  # total solar irradiance at 1 AU, Kopp and Lean 2011, as used by Suncatcher
PLANCK_J_S = 6.62607015e-34  # exact, SI
STANDARD_GRAVITY_M_S2 = 9.80665  # exact, CGPM 1901
EARTH_ALBEDO = 0.30  # mean share of sunlight that the Earth reflects (NASA Earth fact sheet)
EARTH_INFRARED_W_M2 = 237.0  # mean thermal radiation of the Earth, as used by McCalip 2025
SPACE_K = 2.725  # cosmic background
