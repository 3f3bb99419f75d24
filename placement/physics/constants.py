"""Constants of nature and of the Earth, each with its source."""

EARTH_RADIUS_KM = 6378.137  # equatorial, WGS 84
EARTH_MEAN_RADIUS_KM = 6371.0088  # IUGG mean radius, for distances along the ground
EARTH_MU_KM3_S2 = 398600.4418  # gravitational parameter, WGS 84 / EGM96
EARTH_J2 = 1.08262668e-3  # second zonal harmonic, EGM96
EARTH_FLATTENING = 1 / 298.257223563  # WGS 84
EARTH_ROTATION_RAD_S = 7.292115e-5  # WGS 84
TROPICAL_YEAR_DAYS = 365.2421897  # mean tropical year, epoch 2000
SPEED_OF_LIGHT_KM_S = 299792.458  # exact, SI

SUN_RATE_RAD_S = 2 * 3.141592653589793 / (TROPICAL_YEAR_DAYS * 86400)
"""Mean motion of the Sun along the equator, rad/s; the node of a Sun-synchronous orbit turns at this rate."""

STEFAN_BOLTZMANN_W_M2_K4 = 5.670374419e-8  # exact to the digits shown, CODATA 2018
