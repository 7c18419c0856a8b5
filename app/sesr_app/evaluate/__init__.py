"""`sesr evaluate`: PSNR and SSIM of a network on folders of photographs."""
