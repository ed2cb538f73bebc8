"""Does it help when nobody attacks?

Eight kinds of ordinary accident, each at five strengths, happen to the test images of zeros and ones; at
strengths 1, 3 and 5 also to those of all 45 pairs of digits. The post's four models meet them, and a fifth: the
regular training from zero weights, which has no random start to be left over.

What the words mean, fixed before the numbers:

helps, hurts  For zeros and ones: a robust model is more (less) accurate than the regular one from the same
              start in at least 19 of 20 seeds, and the 95 % interval of their mean difference over the test
              images, as a sample, is above (below) zero.
for most      For the pairs: it is more (less) accurate, in the median of five seeds, for at least 30 of the 45.
mean          Over the eight kinds, each counted once, its variants together. Another list has another mean:
              what holds of it has to hold as well when any one kind is left out.
held out      The same on seven interleaved folds of all 14,780 zeros and ones: trained on six, asked of the
              seventh, three seeds, middle strength.
sure          A mistake outside the soft margin: y (w·x + b) <= -1. Confident: as far beyond zero as the
              model's median clean logit.
harm          The mean fall of the margin, in median clean logits of the model. Size: the root mean square of
              what the logit changes, in the same unit.
"""

import numpy as np

from studies.shared import accidents, attacks, images, models, work
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH, STRENGTHS

READS = ()
INPUTS = {"accidents": accidents.KINDS}

KEYS = (*models.KEYS, "from zeros")
ROBUST = slice(1, 4)  # of KEYS
SEEDS, ENOUGH = range(1, 21), 19
PAIR_SEEDS, PAIR_STRENGTHS, MOST = range(1, 6), (1, 3, 5), 30
FOLDS, FOLD_SEEDS = 7, range(1, 4)
