"""The price sources: slots of the price timeline out."""
