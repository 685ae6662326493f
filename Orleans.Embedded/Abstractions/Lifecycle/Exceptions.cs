namespace Orleans.Runtime
{
    /// <summary>Base of the runtime's own exceptions.</summary>
    public class OrleansException : Exception
    {
        public OrleansException() : base("Unexpected error.")
        {
        }

        public OrleansException(string message) : base(message)
        {
        }

        public OrleansException(string message, Exception? innerException) : base(message, innerException)
        {
        }
    }

    /// <summary>A call was refused by the runtime and did not run.</summary>
    public class OrleansMessageRejectionException : OrleansException
    {
        internal OrleansMessageRejectionException(string message, Exception? innerException = null) : base(message, innerException)
        {
        }
    }

    /// <summary>The silo is not there: not started yet, stopping, or stopped.</summary>
    public sealed class SiloUnavailableException : OrleansMessageRejectionException
    {
        public SiloUnavailableException() : base("The silo is not available.")
        {
        }

        public SiloUnavailableException(string msg) : base(msg)
        {
        }

        public SiloUnavailableException(string message, Exception innerException) : base(message, innerException)
        {
        }
    }

    /// <summary>The object behind an observer reference is gone.</summary>
    public sealed class ClientNotAvailableException : OrleansException
    {
        internal ClientNotAvailableException(GrainId grainId) : base($"The object behind {grainId} is gone.")
        {
        }
    }

    /// <summary>A bound was reached, such as the length of an activation's queue of waiting calls.</summary>
    public sealed class LimitExceededException : OrleansException
    {
        public LimitExceededException() : base("Limit exceeded.")
        {
        }

        public LimitExceededException(string message) : base(message)
        {
        }

        public LimitExceededException(string message, Exception innerException) : base(message, innerException)
        {
        }

        public LimitExceededException(string limitName, int current, int threshold, object extraInfo)
            : base($"{limitName}: {current} exceeds {threshold}. {extraInfo}")
        {
        }
    }

    /// <summary>The configuration cannot work.</summary>
    public sealed class OrleansConfigurationException : Exception
    {
        public OrleansConfigurationException(string message) : base(message)
        {
        }

        public OrleansConfigurationException(string message, Exception innerException) : base(message, innerException)
        {
        }
    }
}

namespace Orleans.Storage
{
    using Orleans.Runtime;

    /// <summary>
    /// The stored version is not the one that was read. Thrown out of a grain's call, it ends that activation, so that the next
    /// call reads afresh.
    /// </summary>
    public class InconsistentStateException : OrleansException
    {
        public InconsistentStateException()
        {
        }

        public InconsistentStateException(string message) : base(message)
        {
        }

        public InconsistentStateException(string message, Exception innerException) : base(message, innerException)
        {
        }

        public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException)
            : base(errorMsg, storageException)
        {
            StoredEtag = storedEtag ?? "";
            CurrentEtag = currentEtag ?? "";
        }

        public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
            : this(errorMsg, storedEtag, currentEtag, null)
        {
        }

        public InconsistentStateException(string? storedEtag, string? currentEtag, Exception storageException)
            : this($"The stored etag '{storedEtag}' is not the expected '{currentEtag}'.", storedEtag, currentEtag, storageException)
        {
        }

        public string StoredEtag { get; } = "";
        public string CurrentEtag { get; } = "";

        /// <summary>Set where it arose, so that an exception that came from another grain does not end the caller too.</summary>
        internal Activation? Origin { get; set; }
    }

    /// <summary>A storage provider that a grain names is not there or is misconfigured.</summary>
    public sealed class BadProviderConfigException : OrleansException
    {
        public BadProviderConfigException()
        {
        }

        public BadProviderConfigException(string msg) : base(msg)
        {
        }

        public BadProviderConfigException(string msg, Exception exc) : base(msg, exc)
        {
        }
    }
}
