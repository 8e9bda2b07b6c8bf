"""tunebench: for my images, which model is worth its training time?"""
