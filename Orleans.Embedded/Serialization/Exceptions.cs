namespace Orleans.Serialization;

/// <summary>Something cannot be written, or what was read is not what it should be.</summary>
public class SerializerException : Exception
{
    public SerializerException()
    {
    }

    public SerializerException(string message) : base(message)
    {
    }

    public SerializerException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>A type that no codec knows. The message names the type, and the member through which it was met.</summary>
public sealed class CodecNotFoundException : SerializerException
{
    public CodecNotFoundException(string message) : base(message)
    {
    }
}

/// <summary>An exception of a type that is not here; <see cref="ExceptionType"/> is its name where it was thrown.</summary>
public sealed class UnavailableExceptionFallbackException : Exception
{
    public UnavailableExceptionFallbackException()
    {
    }

    public UnavailableExceptionFallbackException(string message, Exception innerException) : base(message, innerException)
    {
    }

    public string ExceptionType { get; internal set; } = "";

    public override string ToString() => string.IsNullOrEmpty(ExceptionType) ? base.ToString() : $"Unknown exception of type {ExceptionType}: {base.ToString()}";
}

/// <summary>Bytes that no writer of this format makes: the peer is broken or hostile, and nothing more is to be read from it.</summary>
internal sealed class WireFormatException(string message) : SerializerException(message);
