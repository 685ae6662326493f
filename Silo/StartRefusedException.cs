namespace Squad.Silo;

/// <summary>The process must not start as it was asked to; the message says why, and is all that is printed.</summary>
internal sealed class StartRefusedException(string message, Exception? inner = null) : Exception(message, inner);
