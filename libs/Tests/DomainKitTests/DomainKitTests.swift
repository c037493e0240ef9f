// DomainKit
