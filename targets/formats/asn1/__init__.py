"""ASN.1 BER, CER and DER: a strict reader of X.690, and pyasn1."""
