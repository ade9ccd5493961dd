"""How a request is answered: the edge, the compiled contract on Connexion's extension points, and the frame."""
