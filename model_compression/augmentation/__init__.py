"""What happens to training pictures: lids and mouths move, things cover the face, light and camera are poor."""
