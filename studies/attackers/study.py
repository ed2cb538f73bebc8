"""What can weaker attackers do, and other norms?

An attacker who doesn't know the model w moves images along the signs of a copy v, by -y ε sign(v). That
lowers every margin by ε w·sign(v) = t ε‖w‖₁, image for image what the attacker who knows the model, the white
box, does with tε. So the transfer t = w·sign(v) / ‖w‖₁ says everything, if pixels may leave [0, 1].

Definitions, fixed before the numbers:

copies   another seed: a model of the same training from another start. From zeros: of the same training from
         zero weights. Ten, 1000 images: the mean of as many images of one digit less that of the other.
         Victim s of S meets one copy of each kind, the next seed's model and the s-th draw.
close    t >= 0.9 in the median victim.
enough   More than half of the test images are wrong at ε = 0.2, in the median victim; *in range* if pixels
         are kept in [0, 1].
share    Attacks in other norms are as large if they are the same share of half the distance of the two mean
         images in their norm; the shares are those of ε = 0.1, 0.2 and 0.3 in the max norm.
better   Under an attack a model trained against one norm is better than the regular one if it is more
         accurate in at least 19 of 20 seeds; it is best if its median is above those of all others.
"""

import numpy as np

from studies.shared import attacks, images, models, trainer, work
from support.runs import TRAINING_EPSILONS

READS = ()
INPUTS = {}
EPSILON, CLOSE = 0.2, 0.9
SEEDS, PAIR_SEEDS = range(1, 21), range(1, 4)
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # images of each digit that the attacker has
COPIES = ("white box", "another seed", "from zeros", "ten images", "1000 images")
GRID = np.linspace(0, 0.5, 51)
SPREAD = (0.05, 0.5, 0.95)  # quantiles over the seeds
NORMS = {"max norm": np.inf, "2-norm": 2, "1-norm": 1}
TRAINED = ("regular", *NORMS)  # what the models of a share were trained against
ENOUGH = 19  # of the seeds
FINER, FINER_SEEDS = 10, 2  # steps so many times finer, to tell training from objective
CLIPPED_SEEDS = 3
MIDDLE = TRAINING_EPSILONS.index(EPSILON)
