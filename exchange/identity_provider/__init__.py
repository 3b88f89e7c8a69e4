"""Who says who somebody is, where it is not we? An OpenID provider: how it is asked, when its answer is believed."""
